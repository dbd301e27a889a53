import * as z from 'zod';
import { findingDocument } from '../../../functions/documents/finding-document.ts';
import { diagnose } from '../../../functions/migration/doctor/diagnose.ts';
import { mendFinding } from '../../../functions/migration/doctor/mend.ts';
import { type Cli, type Define, withExamples } from '../cli.ts';
import { EXIT } from '../exit-codes.ts';
import { renderDiagnosis, renderRepairOffer } from '../render/render-diagnosis.ts';
import { AuditOptions, withReasonOption } from './request-options.ts';

/** Number of records, or tenants, between two progress lines. */
const RECORDS_PER_LINE = 10_000;

const DoctorOptions = z.object({ deep: z.boolean().default(false) });

export const defineDoctor: Define = (command, cli) =>
  withExamples(command, ['doctor', 'doctor --deep', 'doctor --json'])
    .option('--deep', 'also search shared tables for items of tenants that are not in these tables')
    .addHelpText(
      'after',
      '\nIt changes nothing. Exit code 0: healthy; 1: there are findings.\nAn inconsistency is read again before it is reported, since migrations may be running.',
    )
    .action(async (options: unknown) => {
      const { deep } = DoctorOptions.parse(options);
      const ports = cli.ports({ workflow: true });
      const diagnosis = await diagnose(ports, { deep, onProgress: progressOf(cli) });
      const { findings, records, tenants } = diagnosis;
      if (findings.length > 0) cli.exitWith(EXIT.failed);
      const document = {
        healthy: findings.length === 0,
        findings: findings.map(findingDocument),
        records,
        tenants,
      };
      cli.out.result('diagnosis', document, () => renderDiagnosis(diagnosis));
    });

const MendOptions = AuditOptions.extend({ yes: z.boolean().default(false) });

export const defineMend: Define = (command, cli) =>
  withReasonOption(
    withExamples(command, [
      'mend lock-left/cedar-valley',
      'mend lock-left/cedar-valley --yes --reason "migrations table restored"',
    ]),
  )
    .option('--yes', 'repair it; without --yes, show what would be repaired and change nothing')
    .addHelpText(
      'after',
      '\nIt reads all records again. It writes only if the finding still exists and its records have not changed since.',
    )
    .action(async (id: string, options: unknown) => {
      const { yes, ...note } = MendOptions.parse(options);
      const ports = cli.ports({ workflow: true });
      const onProgress = progressOf(cli);
      if (!yes) {
        const found = (await diagnose(ports, { onProgress })).findings.find((one) => one.id === id);
        return cli.out.result('finding', { finding: found ? findingDocument(found) : null }, () =>
          renderRepairOffer(id, found),
        );
      }
      const repaired = await mendFinding(ports, { id, ...note }, { onProgress });
      cli.out.result('mended', { mended: findingDocument(repaired) }, () => [
        `repaired: ${repaired.what}`,
        'check again: tierferry doctor',
      ]);
    });

const progressOf =
  (cli: Cli) =>
  (what: 'records' | 'tenants', done: number): void => {
    if (done % RECORDS_PER_LINE === 0) cli.out.say(`${done} ${what} read`);
  };
