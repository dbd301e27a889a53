import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { TableName, TenantId } from '../../functions/migration/names.ts';
import type { Partition } from '../../functions/migration/partition/partition-port.ts';
import type { Ports } from '../../functions/migration/ports.ts';
import { requestMigration } from '../../functions/migration/requests/request-migration.ts';
import { type PlantedStack, startPlantedStack } from '../support/planted-stack.ts';
import { addTenant, ended, itemsOf } from '../support/tenants.ts';

/** F15: the target's global indexes lag behind its items by more than the time until the flip. */

const TARGET = 'saas-tenant-data-advanced' as TableName;
const LAGGING = 'by-entity-type';

let stack: PlantedStack;
beforeAll(async () => {
  stack = await startPlantedStack();
});
afterEach(() => stack.alter());
afterAll(() => stack?.stop());

/** Makes an index show, at each query of a place, its state `polls` queries ago; nothing at the first `polls` queries. */
const laggingBy =
  (polls: number, maxLagMs: number, onPoll = () => {}) =>
  (ports: Ports): Ports => ({
    ...ports,
    settings: { ...ports.settings, indexCheck: { ...ports.settings.indexCheck, maxLagMs } },
    partition: (tenantId) => lagging(ports.partition(tenantId), polls, onPoll),
  });

const history = new Map<string, { items: number }[]>();
const lagging = (partition: Partition, polls: number, onPoll: () => void): Partition => ({
  ...partition,
  async countInIndex(table, index, place, after) {
    const real = await partition.countInIndex(table, index, place, after);
    if (index.name !== LAGGING) return real;
    onPoll();
    const seen = history.get(place.value) ?? [];
    history.set(place.value, [...seen, real]);
    return { units: real.units, items: seen.at(-polls)?.items ?? 0 };
  },
});

const migrate = async (tenantId: TenantId) => {
  const { ports } = stack;
  const request = { tenantId, toTier: 'advanced', requestedBy: 'test', reason: 'test', holdMs: 0 };
  const { migrationId, status } = await ended(ports, (await requestMigration(ports, request)).migrationId);
  const report = await ports.migrations.report(migrationId);
  const trail = (await ports.migrations.events(migrationId)).map(({ reason }) => reason);
  return { status, report, trail };
};
const fences = () => stack.given.get('CutOver')?.length ?? 0;

test('F15: no fence comes before a lagging index shows every counted item and no longer shows the marker', async () => {
  const { ports } = stack;
  const { tenantId, items } = await addTenant(ports, { tenantId: 'lagging', items: 60 });
  const fencesAtPoll: number[] = [];
  stack.alter(
    'CheckIndexes',
    laggingBy(3, 300_000, () => fencesAtPoll.push(fences())),
  );
  const { status, report } = await migrate(tenantId);
  expect(status).toBe('completed');
  // three polls show nothing, one shows the marker, and three still show it after its deletion
  expect(fencesAtPoll.length).toBeGreaterThanOrEqual(7);
  expect(new Set(fencesAtPoll)).toEqual(new Set([0]));
  const [first, ...others] = report?.indexes ?? [];
  expect(first).toMatchObject({ index: LAGGING, marker: 'gone', values: 2, counted: 2, differing: 0 });
  expect(first?.lagMs).toBeGreaterThan(0);
  expect(others).toMatchObject([{ marker: 'gone' }, { marker: 'gone' }]);
  expect(report?.notes).toEqual([]);
  expect(await itemsOf(ports, tenantId, TARGET)).toEqual(items);
});

test('F15: an index that does not catch up causes a warning in the audit trail and the report, and the migration continues', async () => {
  const { ports } = stack;
  const { tenantId, items } = await addTenant(ports, { tenantId: 'behind', items: 60 });
  stack.alter('CheckIndexes', laggingBy(1_000_000, 100));
  const { status, report, trail } = await migrate(tenantId);
  expect(status).toBe('completed');
  expect(report?.indexes?.[0]).toMatchObject({ marker: 'waiting', counted: 0, differing: 2 });
  expect(report?.notes.join()).toMatch(/index by-entity-type did not show a new item/);
  expect(trail.join()).toMatch(/IndexBehind: index by-entity-type/);
  // the marker was deleted
  expect(await itemsOf(ports, tenantId, TARGET)).toEqual(items);
});
