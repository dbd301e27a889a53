import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Migration } from '../../functions/migration/migration.ts';
import { type MigrationId, tableName } from '../../functions/migration/names.ts';
import type { AuditNote } from '../../functions/migration/operator/audit-note.ts';
import { cancelMigration } from '../../functions/migration/operator/cancel-migration.ts';
import { holdCutover, releaseCutover } from '../../functions/migration/operator/hold-cutover.ts';
import { pauseMigration, resumeMigration } from '../../functions/migration/operator/pause-migration.ts';
import { rollbackMigration } from '../../functions/migration/operator/rollback-migration.ts';
import type { Ports } from '../../functions/migration/ports.ts';
import { requestMigration } from '../../functions/migration/requests/request-migration.ts';
import { type PlantedStack, startPlantedStack } from '../support/planted-stack.ts';
import { addTenant, ended, itemsOf, untilFlipped } from '../support/tenants.ts';
import { until } from '../support/until.ts';

/** Requests of an operator while a cutover has fenced the tenant: each takes effect or is refused. */

const said = { by: 'ops', reason: 'to see' };
const TARGET = tableName('saas-tenant-data-advanced');

let stack: PlantedStack;
beforeAll(async () => {
  stack = await startPlantedStack({ leaseMs: 50, leaseGraceMs: 20 });
});
afterEach(() => stack.alter());
afterAll(() => stack?.stop());

const request = async (tenantId: string, holdMs = 0): Promise<MigrationId> =>
  (
    await requestMigration(stack.ports, {
      ...{ tenantId, toTier: 'advanced', holdMs },
      ...{ requestedBy: 'test', reason: 'test' },
    })
  ).migrationId;

/** Runs `act` once while `state` has the tenant fenced. */
const underFence = (
  state: 'CutOver' | 'CutOverReverse',
  act: (id: MigrationId) => Promise<unknown>,
): void => {
  let isDone = false;
  stack.alter(state, (ports: Ports) => ({
    ...ports,
    journal: {
      ...ports.journal,
      async entries(...given) {
        const migration = await ports.migrations.get(given[0]);
        const route = migration && (await ports.routes.get(migration.tenantId));
        if (!isDone && route?.writes === 'fenced') {
          isDone = true;
          await act(given[0]);
        }
        return ports.journal.entries(...given);
      },
    },
  }));
};

const untilStopped = (id: MigrationId): Promise<Migration> =>
  until(`${id} to wait with writes open`, async () => {
    const migration = await stack.ports.migrations.get(id);
    const isStopped = migration && (migration.paused || migration.cutoverHeld);
    if (!isStopped || migration.status === 'cuttingOver') return undefined;
    return (await stack.ports.routes.get(migration.tenantId))?.writes === 'open' ? migration : undefined;
  });
const now = async (id: MigrationId) => (await stack.ports.migrations.get(id)) as Migration;

test('F12, data F4: a cancel accepted under the fence ends as cancelled, with every item on the source', async () => {
  const { ports } = stack;
  const { tenantId, table, items } = await addTenant(ports, { tenantId: 'cancelled', items: 60 });
  underFence('CutOver', (id) => cancelMigration(ports, id, said));
  const id = await request(tenantId);
  expect(await ended(ports, id)).toMatchObject({ status: 'cancelled', cancellation: said });
  expect(await ports.routes.get(tenantId)).toMatchObject({ table, writes: 'open' });
  expect(await itemsOf(ports, tenantId, table)).toEqual(items);
  expect(await itemsOf(ports, tenantId, TARGET)).toEqual([]);
});

type Ask = (ports: Ports, id: string, said: AuditNote) => Promise<Migration>;
test.each<{ what: string; ask: Ask; goOn: Ask }>([
  { what: 'pause', ask: pauseMigration, goOn: resumeMigration },
  { what: 'hold-cutover', ask: holdCutover, goOn: releaseCutover },
])(
  'F12: $what accepted under the fence reopens writes and waits in catchingUp until the operator continues',
  async ({ what, ask, goOn }) => {
    const { ports } = stack;
    const { tenantId, table, items } = await addTenant(ports, { tenantId: `asked-${what}`, items: 60 });
    underFence('CutOver', (id) => ask(ports, id, said));
    const id = await request(tenantId);
    const stopped = await untilStopped(id);
    expect(stopped).toMatchObject({ status: 'catchingUp', cutovers: 1 });
    expect(stopped).not.toHaveProperty('flippedAt');
    expect(await ports.routes.get(tenantId)).toMatchObject({ table, writes: 'open' });
    await goOn(ports, id, said);
    expect((await ended(ports, id)).status).toBe('completed');
    expect(await itemsOf(ports, tenantId, TARGET)).toEqual(items);
  },
);

test('F12: a pause accepted under the fence of a rollback waits on the target; cancel does not apply', async () => {
  const { ports } = stack;
  const { tenantId, table, items } = await addTenant(ports, { tenantId: 'back', items: 60 });
  const id = await request(tenantId, 600_000);
  await untilFlipped(ports, id);
  underFence('CutOverReverse', (migrationId) => pauseMigration(ports, migrationId, said));
  await rollbackMigration(ports, id, said);
  const stopped = await untilStopped(id);
  expect(stopped.status).toBe('rollingBack');
  expect(stopped).not.toHaveProperty('reverseFlippedAt');
  expect(await ports.routes.get(tenantId)).toMatchObject({ table: TARGET, writes: 'open' });
  await expect(cancelMigration(ports, id, said)).rejects.toThrow(/is already being rolled back/);
  await resumeMigration(ports, id, said);
  expect((await ended(ports, id)).status).toBe('rolledBack');
  expect(await itemsOf(ports, tenantId, table)).toEqual(items);
});

test('F14: rollback of a paused migration moves the tenant back without a resume', async () => {
  const { ports } = stack;
  const { tenantId, table, items } = await addTenant(ports, { tenantId: 'paused', items: 60 });
  const id = await request(tenantId, 600_000);
  await untilFlipped(ports, id);
  await pauseMigration(ports, id, said);
  await rollbackMigration(ports, id, said);
  expect(await ended(ports, id)).toMatchObject({ status: 'rolledBack', paused: false });
  expect(await itemsOf(ports, tenantId, table)).toEqual(items);
  const asked = (await ports.migrations.events(id)).filter(({ who }) => who === 'ops');
  expect(asked.map(({ reason }) => reason)).toEqual([
    'paused: to see',
    'rollback, which ends the pause: to see',
  ]);
});

test('F14: cancel of a paused migration undoes everything without a resume', async () => {
  const { ports } = stack;
  const { tenantId, table, items } = await addTenant(ports, { tenantId: 'paused-early', items: 60 });
  const id = await request(tenantId);
  await pauseMigration(ports, id, said);
  await until(`${id} to be paused`, async () => (await now(id)).status === 'copying');
  await cancelMigration(ports, id, said);
  expect(await ended(ports, id)).toMatchObject({ status: 'cancelled', paused: false });
  expect(await itemsOf(ports, tenantId, table)).toEqual(items);
});
