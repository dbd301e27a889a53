import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { PARTITION_WRITE_UNITS_PER_SECOND } from '../../functions/migration/limits.ts';
import {
  type MigrationRequest,
  requestMigration,
} from '../../functions/migration/requests/request-migration.ts';
import type { Stack } from '../../scripts/local/stack.ts';
import { createTierTables } from '../../scripts/local/tier-tables.ts';
import { RecordingHandler } from '../support/recorded-calls.ts';
import { SHORT_WAITS } from '../support/short-waits.ts';
import { addTenant, controlState, ended, itemsOf } from '../support/tenants.ts';
import { startTestStack } from '../support/test-stack.ts';

const sent = new RecordingHandler();
let stack: Stack;
beforeAll(async () => {
  stack = await startTestStack({
    settings: { pageItems: 40, leaseMs: 1 },
    dynamodb: { requestHandler: sent },
    overrides: { waits: SHORT_WAITS },
    countsSchools: false,
  });
  await createTierTables(stack);
});
afterAll(() => stack.stop());
beforeEach(() => {
  sent.calls.length = 0;
});

const READS = new Set([
  'GetItem',
  'BatchGetItem',
  'Query',
  'Scan',
  'DescribeTable',
  'DescribeTimeToLive',
  'DescribeContinuousBackups',
  'DescribeKinesisStreamingDestination',
  'GetResourcePolicy',
]);
const run = async (request: Pick<MigrationRequest, 'tenantId' | 'toTier'> & Partial<MigrationRequest>) => {
  const { ports } = stack;
  const asked = await requestMigration(ports, { requestedBy: 'test', reason: 'test', ...request });
  const migration = await ended(ports, asked.migrationId);
  return { migration, plan: await ports.migrations.plan(migration.migrationId) };
};

test("a dry run writes nothing but the migration's own record", async () => {
  const { ports } = stack;
  const { tenantId, table, items } = await addTenant(ports, { tenantId: 'dry', items: 200, schools: 12 });
  const before = await controlState(ports);
  sent.calls.length = 0;

  const { migration, plan } = await run({ tenantId, toTier: 'advanced', dryRun: true });

  const writes = sent.calls.filter(({ operation }) => !READS.has(operation));
  expect(migration.status).toBe('completed');
  expect(plan?.items).toBe(200);
  expect(writes.length).toBeGreaterThan(0);
  expect(new Set(writes.flatMap(({ tables }) => tables))).toEqual(new Set(['saas-tier-migrations']));
  expect(writes.filter(({ tables }) => tables.length === 0)).toEqual([]);
  expect(sent.calls.some(({ operation, tables }) => operation === 'Query' && tables.includes(table))).toBe(
    true,
  );
  for (const asked of ['DescribeKinesisStreamingDestination', 'GetResourcePolicy'])
    expect(sent.calls.some(({ operation }) => operation === asked)).toBe(true);
  expect(await controlState(ports)).toEqual(before);
  expect(await itemsOf(ports, tenantId, table)).toEqual(items);
});

test('the plan shows what exists, what it will take, and what would be created', async () => {
  const { ports } = stack;
  const { tenantId } = await addTenant(ports, { tenantId: 'planned', items: 110, schools: 12 });
  const { plan } = await run({ tenantId, toTier: 'enterprise', dryRun: true });
  expect(plan).toMatchObject({
    items: 110,
    schools: 12,
    segments: 3,
    creates: ['saas-tenant-data-enterprise-planned'],
    survey: { byEntityType: { SCHOOL: { items: 12 }, STUDENT: { items: 98 } } },
  });
  expect(plan?.findings).toEqual([expect.objectContaining({ level: 'warning', code: 'creates-table' })]);
  const copy = plan?.estimate.stages.find(({ stage }) => stage === 'copy');
  expect(copy?.seconds).toBeCloseTo((copy?.writeUnits ?? 0) / PARTITION_WRITE_UNITS_PER_SECOND, 1);
  const usd = plan?.estimate.usd;
  expect(usd?.total).toBeCloseTo(
    (usd?.reads ?? 0) + (usd?.writes ?? 0) + (usd?.stepFunctions ?? 0) + (usd?.lambda ?? 0),
  );
});

test('blockers are in the plan of a dry run, and end a real migration before anything is reserved', async () => {
  const { ports } = stack;
  const { tenantId } = await addTenant(ports, { tenantId: 'blocked', items: 60, schools: 3 });
  const foreign = { tenantId: { S: tenantId }, entityKey: { S: 'SCHOOL#old' } };
  const target = 'saas-tenant-data-advanced' as never;
  await ports.partition(tenantId).write(target, { puts: [foreign], deletes: [] });
  const before = await controlState(ports);
  const dry = await run({ tenantId, toTier: 'advanced', dryRun: true });
  expect(dry.migration.status).toBe('completed');
  expect(dry.plan?.findings).toEqual([
    expect.objectContaining({ level: 'blocker', code: 'target-partition-not-empty' }),
  ]);
  const meant = await run({ tenantId, toTier: 'advanced' });
  expect(meant.migration).toMatchObject({ status: 'failed', failure: { error: 'MigrationBlocked' } });
  expect(await controlState(ports)).toEqual(before);
  expect(await itemsOf(ports, tenantId, target)).toEqual([foreign]);
});

test('the units in the plan are those that the migration then uses', async () => {
  const { ports } = stack;
  const { tenantId } = await addTenant(ports, { tenantId: 'measured', items: 300, schools: 12 });
  const { migration, plan } = await run({ tenantId, toTier: 'advanced' });
  const report = await ports.migrations.report(migration.migrationId);
  const writes = Object.values(report?.units ?? {}).reduce((sum, { write }) => sum + write, 0);
  const reads = Object.values(report?.units ?? {}).reduce((sum, { read }) => sum + read, 0);
  expect(migration.status).toBe('completed');
  expect(writes).toBe(plan?.estimate.writeUnits);
  const predicted = plan?.estimate.readUnits ?? 0;
  expect(Math.abs(reads - predicted) / predicted).toBeLessThan(0.1);
});
