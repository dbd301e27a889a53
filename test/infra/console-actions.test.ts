import { afterAll, beforeAll, expect, test } from 'vitest';
import { createConsole } from '../../functions/console/api/create-console.ts';
import { parseSettings } from '../../functions/migration/settings/settings.ts';
import { CONSOLE_PERMISSIONS } from '../../infra/step-permissions.ts';
import type { Stack } from '../../scripts/local/stack.ts';
import { createTierTables } from '../../scripts/local/tier-tables.ts';
import { SHORT_WAITS } from '../support/short-waits.ts';
import { addTenant, ended, untilFlipped } from '../support/tenants.ts';
import { startTestStack } from '../support/test-stack.ts';
import { until } from '../support/until.ts';
import { listed, RecordedActions } from './recorded-actions.ts';

type Handler = keyof typeof CONSOLE_PERMISSIONS;

/** Actions that these requests do not use, and when they are needed. */
const NOT_HERE: Readonly<Record<string, string>> = {
  'ServeConsole migrations:DeleteItem': 'a request has failed for now, and may be sent again',
  'SteerMigrations migrations:DeleteItem': 'the same',
  'SteerMigrations migrations:Query': 'a refused operator learns who was first; a report is long',
  'SteerMigrations journal:BatchGetItem': 'keys were written between the flip and the rollback',
  'SteerMigrations journal:BatchWriteItem': 'stragglers are discarded',
  'SteerMigrations journal:PartiQLDelete': 'a straggler is a sentinel of the fence',
  'SteerMigrations tierTables:BatchGetItem': 'keys were written between the flip and the rollback',
  'SteerMigrations tierTables:Query': 'route and registry name different tables',
  'SteerMigrations registry:PutItem': 'the doctor mends a record that is missing',
  'SteerMigrations registry:UpdateItem': 'the doctor mends a record',
  'SteerMigrations routes:PutItem': 'the doctor mends a route, or a rollback is abandoned',
};

const settings = { pageItems: 40, leaseMs: 50, cutoverLeaseMs: 1, holdMs: 600_000 };
const recorded = new RecordedActions(parseSettings(settings));

let stack: Stack;
beforeAll(async () => {
  stack = await startTestStack({
    settings,
    countsSchools: false,
    overrides: { waits: SHORT_WAITS },
    dynamodb: recorded.dynamodb,
  });
  await createTierTables(stack);
});
afterAll(() => stack.stop());

/** The console's API. Each request runs as the function that gets it from API Gateway. */
const consoleOf = ({ ports }: Stack) => {
  const subject = { name: 'ana', role: 'admin', verified: true } as const;
  const app = createConsole({ ports, verify: async () => subject, isOnLoopback: false });
  let keys = 0;
  const send = async (
    handler: Handler,
    path: string,
    body?: object,
    headers: Record<string, string> = {},
  ) => {
    keys += 1;
    const post = {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': `key-${keys}`, ...headers },
      body: JSON.stringify(body),
    };
    const response = await recorded.as(handler, async () =>
      app.request(`https://api.example/api${path}`, body === undefined ? {} : post),
    );
    const text = await response.text();
    expect(response.status, `${path}: ${text}`).toBeLessThan(300);
    return { json: JSON.parse(text), etag: response.headers.get('etag') ?? '' };
  };
  const get = (path: string) => send('ServeConsole', path);
  const act = async (id: string, action: string, body: object = {}) => {
    const { etag } = await get(`/migrations/${id}/actions`);
    const headers = { 'if-match': etag };
    return send(
      'SteerMigrations',
      `/migrations/${id}/actions/${action}`,
      { reason: 'test', ...body },
      headers,
    );
  };
  return { app, get, act, send };
};

test('the permissions of the console are what it uses', async () => {
  const { ports } = stack;
  const { app, get, act, send } = consoleOf(stack);
  const { tenantId } = await addTenant(ports, { tenantId: 'cedar', items: 90 });

  // plans, starts, reads everything, and rolls back
  const plan = async () => {
    const body = { tenantId, to: { tier: 'advanced' }, reason: 'test' };
    const { json } = await send('ServeConsole', '/plans', body);
    await ended(ports, json.migration.migrationId);
    const { etag } = await get(`/migrations/${json.migration.migrationId}/plan`);
    return { migrationId: json.migration.migrationId, etag };
  };
  const start = async (more: object) => {
    const body = { plan: await plan(), reason: 'test', ...more };
    return (await send('ServeConsole', '/migrations', body)).json.migration.migrationId;
  };
  const held = await start({ holdCutover: true });
  await until(
    'the cutover to be held',
    async () => (await ports.migrations.get(held))?.status === 'catchingUp',
  );
  await act(held, 'pause');
  await act(held, 'resume');
  await act(held, 'limit', { writeUnitsPerSecond: 900 });
  await act(held, 'cutover');
  await untilFlipped(ports, held);
  await act(held, 'hold', { holdMs: 500_000 });
  await act(held, 'rollback');
  expect((await ended(ports, held)).status).toBe('rolledBack');
  const again = (await act(held, 'retry')).json.migration.migrationId;
  await act(again, 'cancel');
  await ended(ports, again);
  for (const path of [
    '/session',
    '/queue',
    '/catalogue',
    '/tables',
    '/tenants',
    '/tenants?sort=name',
    '/tenants?near=1',
    '/tenants?search=ce',
    '/tenants?table=saas-tenant-data-basic',
    '/tenants?status=holding',
    `/tenants/${tenantId}`,
    '/migrations',
    `/migrations?tenant=${tenantId}`,
    '/migrations?status=rolledBack',
    `/migrations/${held}`,
    `/migrations/${held}/events`,
    `/migrations/${held}/report`,
    `/migrations/${held}/segments`,
  ])
    await get(path);
  const asSeen = (tag: string) => ({ 'if-match': tag });
  const { preferencesTag } = (await get(`/tenants/${tenantId}`)).json;
  const preferences = { pin: 'advanced', reason: 'test' };
  await send('ServeConsole', `/tenants/${tenantId}/preferences`, preferences, asSeen(preferencesTag));
  for (const change of ['retire', 'reinstate']) {
    const { tables } = (await get('/tables')).json;
    const { stateTag } = tables.find(({ table }: { table: string }) => table === 'saas-tenant-data-basic');
    await send(
      'ServeConsole',
      `/tables/saas-tenant-data-basic/${change}`,
      { reason: 'test' },
      asSeen(stateTag),
    );
  }
  await send('SteerMigrations', '/doctor');
  const since = new Date(ports.clock.now() - 3_600_000).toISOString();
  const stream = await recorded.as('ServeConsole', async () =>
    app.request(`https://api.example/api/stream?since=${since}`),
  );
  const reader = stream.body?.getReader();
  await reader?.read();
  await reader?.cancel();

  for (const handler of ['ServeConsole', 'SteerMigrations'] as const) {
    const given = listed(CONSOLE_PERMISSIONS[handler].access);
    const used = [...(recorded.byState.get(handler) ?? [])];
    expect(used.length, handler).toBeGreaterThan(10);
    expect(
      used.filter((action) => !given.includes(action)),
      `${handler} lacks`,
    ).toEqual([]);
    expect(
      given.filter((action) => !used.includes(action) && !(`${handler} ${action}` in NOT_HERE)),
      `${handler} has idle`,
    ).toEqual([]);
  }
});
