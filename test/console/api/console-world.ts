import { expect } from 'vitest';
import { ROLES, type Role, type VerifySubject } from '../../../functions/console/api/access/subject.ts';
import { createConsole } from '../../../functions/console/api/create-console.ts';
import type { Migration } from '../../../functions/migration/migration.ts';
import { type FakePorts, fakePorts } from '../../support/fake-ports.ts';
import { aMigration, aSegment } from '../../support/records.ts';
import { addTenant } from '../../support/tenants.ts';
import { breachIn } from './contract.ts';

/** `Bearer ana.operator` is ana in the role operator. */
const byName =
  (verified: boolean): VerifySubject =>
  async (authorization) => {
    const [name, given] = (authorization ?? '').replace('Bearer ', '').split('.');
    const role = ROLES.find((one) => one === given);
    return name && role ? { name, role, verified } : undefined;
  };

export interface Call {
  readonly method?: 'GET' | 'POST';
  readonly by?: string;
  readonly role?: Role;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The console over a world in memory, as a client meets it. Each answer is checked against the committed contract. */
export const consoleWorld = (settings?: unknown, { verified = true } = {}) => {
  const ports = fakePorts(settings);
  const app = createConsole({ ports, verify: byName(verified), isOnLoopback: true });
  let keys = 0;
  const call = async (path: string, { method, by = 'ana', role = 'operator', body, headers }: Call = {}) => {
    keys += 1;
    const isPost = (method ?? (body === undefined ? 'GET' : 'POST')) === 'POST';
    const response = await app.request(`http://localhost${path}`, {
      method: isPost ? 'POST' : 'GET',
      headers: {
        host: 'localhost:8080',
        authorization: `Bearer ${by}.${role}`,
        ...(isPost ? { 'idempotency-key': `key-${keys}`, 'content-type': 'application/json' } : {}),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const { status } = response;
    const contentType = response.headers.get('content-type') ?? '';
    const text = await response.text();
    const json = contentType.includes('json') ? JSON.parse(text) : undefined;
    const isOfContract = json !== undefined && path !== '/api/openapi.json';
    const to = new URL(path, 'http://localhost').pathname;
    if (isOfContract)
      expect(breachIn(isPost ? 'post' : 'get', to, { status, contentType, body: json })).toBeUndefined();
    return { status, headers: response.headers, text, json };
  };
  return { ports, app, call };
};

/** A migration of a registered tenant, with an execution that runs unless it has ended or is not visible. */
export const openMigration = async (
  ports: FakePorts,
  given: Partial<Migration> = {},
  { execution = 'running' }: { readonly execution?: 'running' | 'ended' | 'not shown' } = {},
): Promise<Migration> => {
  const { tenantId, table } = await addTenant(ports, { tenantId: given.tenantId ?? 'cedar', items: 20 });
  const source = { tier: 'basic', placement: 'shared', table } as Migration['source'];
  const migration = aMigration({ status: 'copying', source, ...given, tenantId });
  await ports.migrations.create(migration, await ports.migrations.latest(tenantId));
  await ports.segments.add(migration.migrationId, [aSegment(0)]);
  if (execution !== 'not shown') await ports.workflow.start(migration.migrationId, migration.attempt);
  if (execution === 'ended') ports.workflow.endAll();
  return migration;
};

/** Carries out an action with a tag that was read just before. */
export const actAfterPoll = async (
  { call }: Pick<ReturnType<typeof consoleWorld>, 'call'>,
  id: string,
  action: string,
  body: Readonly<Record<string, unknown>> = {},
  by = 'ana',
) => {
  const seen = await call(`/api/migrations/${id}/actions`);
  const etag = seen.headers.get('etag') ?? '';
  return call(`/api/migrations/${id}/actions/${action}`, {
    by,
    body: { reason: 'to see', ...body },
    headers: { 'if-match': etag },
  });
};
