import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { CapturedKey } from '../../functions/migration/journal/journal-port.ts';
import type { Migration } from '../../functions/migration/migration.ts';
import {
  type EntityKey,
  entityKey,
  type MigrationId,
  type TableName,
  type TenantId,
  tableName,
} from '../../functions/migration/names.ts';
import { retryMigration } from '../../functions/migration/operator/retry-migration.ts';
import { rollbackMigration } from '../../functions/migration/operator/rollback-migration.ts';
import type { Ports } from '../../functions/migration/ports.ts';
import { requestMigration } from '../../functions/migration/requests/request-migration.ts';
import { type PlantedStack, startPlantedStack } from '../support/planted-stack.ts';
import { addTenant, ended } from '../support/tenants.ts';
import { until } from '../support/until.ts';

const TARGET = tableName('saas-tenant-data-advanced');
const KEY = entityKey('STUDENT#000050');

let stack: PlantedStack;
beforeAll(async () => {
  // no full comparison under the fence, as for a larger tenant
  stack = await startPlantedStack({ fencedComparisonMs: 0 });
});
afterAll(() => stack.stop());
afterEach(() => stack.alter());

/** Puts a key of the source into a shard of its own, which lags. */
const lagging = (key: EntityKey) => {
  const late: { migrationId: MigrationId; change: CapturedKey }[] = [];
  const behind = (ports: Ports): Ports => ({
    ...ports,
    journal: {
      ...ports.journal,
      async addEntries(migrationId, side, changes) {
        const isLate = (change: CapturedKey) => side === 'source' && change.key === key;
        late.push(...changes.filter(isLate).map((change) => ({ migrationId, change })));
        await ports.journal.addEntries(
          migrationId,
          side,
          changes.filter((change) => !isLate(change)),
        );
      },
    },
  });
  stack.alter('CaptureChanges', behind);
  return {
    isBehind: () => late.length > 0,
    async catchUp() {
      stack.alter();
      for (const { migrationId, change } of late.splice(0))
        await stack.ports.journal.addEntries(migrationId, 'source', [change]);
    },
  };
};

const put = (tenantId: TenantId, table: TableName, value: string) =>
  stack.ports.partition(tenantId).write(table, {
    puts: [{ tenantId: { S: tenantId }, entityKey: { S: KEY }, value: { S: value } }],
    deletes: [],
  });
const latestOf = async (tenantId: TenantId): Promise<Migration> => {
  for await (const one of stack.ports.migrations.list({ tenantId })) return one;
  throw new Error(`no migration of ${tenantId}`);
};
const trailOf = async (migrationId: MigrationId) =>
  (await stack.ports.migrations.events(migrationId)).map(({ reason }) => reason);

/**
 * Migrates a tenant whose last write before the fence is in the lagging shard.
 * @param written keys that the application writes to the target before the comparison with the kept source.
 */
const migrated = async (id: string, holdMs: number, written: readonly string[]) => {
  const { ports } = stack;
  const { tenantId, table } = await addTenant(ports, { tenantId: id, items: 60 });
  const shard = lagging(KEY);
  stack.before('CutOver', async () => {
    await put(tenantId, table, 'acknowledged before the fence');
    await until('the write in the late shard', shard.isBehind);
  });
  stack.before('CompareKeptSegment', async () => {
    const { migrationId } = await latestOf(tenantId);
    for (const value of written) await put(tenantId, TARGET, value);
    await until(
      'the change in the journal',
      async () => (await ports.journal.journalledAmong(migrationId, 'target', [KEY])).size > 0,
    );
  });
  const request = { tenantId, toTier: 'advanced', holdMs, requestedBy: 'test', reason: 'test' };
  const { migrationId } = await requestMigration(ports, request);
  return { ports, tenantId, shard, migrationId, end: await ended(ports, migrationId) };
};

test('F3: an acknowledged write that the target missed is found, although the key was written again repeatedly', async () => {
  const { ports, shard, migrationId, end } = await migrated('overwritten', 0, ['first', 'second']);
  expect(end).toMatchObject({ status: 'holding', attempt: 1, failure: { error: 'VerificationMismatch' } });
  expect(end.failure?.cause).toMatch(/missed writes .* may be newer/);
  expect((await ports.migrations.report(migrationId))?.foreign).toMatchObject([
    { key: KEY, kind: 'different' },
  ]);
  // once the shard has caught up, the same write is not reported again, and an operator who has seen it can retry
  await shard.catchUp();
  await retryMigration(ports, migrationId, 'ops');
  expect(await ended(ports, migrationId)).toMatchObject({ status: 'completed', attempt: 2 });
  const trail = await trailOf(migrationId);
  expect(trail.filter((reason) => reason.startsWith('Missed writes: 1 key'))).toHaveLength(1);
  expect(trail.filter((reason) => reason.startsWith('Stragglers'))).toEqual([]);
});

test('F3: the keys are known before a rollback takes the target’s values', async () => {
  const { ports, tenantId, migrationId, end } = await migrated('taken-back', 600_000, ['written on']);
  expect(end).toMatchObject({ status: 'holding', failure: { error: 'VerificationMismatch' } });
  await rollbackMigration(ports, migrationId, { by: 'ops', reason: 'test' });
  expect(await ended(ports, migrationId)).toMatchObject({ status: 'rolledBack' });
  const { table = tableName('') } = (await ports.routes.get(tenantId)) ?? {};
  const [item] = await ports.partition(tenantId).get(table, [KEY]);
  expect(item?.value).toEqual({ S: 'written on' });
});
