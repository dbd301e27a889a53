import * as z from 'zod';
import { findingDocument } from '../../../documents/finding-document.ts';
import { diagnose } from '../../../migration/doctor/diagnose.ts';
import { mendFinding } from '../../../migration/doctor/mend.ts';
import type { Ports } from '../../../migration/ports.ts';
import { auditName } from '../access/subject.ts';
import { type App, addEndpoint, none } from '../http/endpoint.ts';
import { reason } from './reason.ts';

export const addDoctor = (app: App, ports: Ports): void => {
  addEndpoint(app, ports, {
    method: 'get',
    path: '/doctor',
    operationId: 'diagnose',
    summary: 'Reads all control records and shows inconsistencies.',
    description: 'It reads the control tables completely. Do not poll it.',
    role: 'operator',
    params: none,
    query: none,
    body: none,
    answer: 'Diagnosis',
    give: async () => {
      const diagnosis = await diagnose(ports);
      const findings = diagnosis.findings.map(findingDocument);
      return { content: { ...diagnosis, healthy: findings.length === 0, findings } };
    },
  });
  addEndpoint(app, ports, {
    method: 'post',
    role: 'admin',
    query: none,
    path: '/doctor/mend',
    operationId: 'mendFinding',
    summary: 'Mends one finding if it still exists.',
    params: none,
    body: z.strictObject({ finding: z.string(), reason }),
    answer: 'MendedFinding',
    give: async ({ body, subject }) => {
      const request = { id: body.finding, by: auditName(subject), reason: body.reason };
      return { content: { mended: findingDocument(await mendFinding(ports, request)) } };
    },
  });
};
