import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Transfer } from '../../../functions/migration/apply/transfer.ts';
import { Budget } from '../../../functions/migration/cutover/budget.ts';
import { TouchedComparison } from '../../../functions/migration/cutover/compare-touched.ts';
import { CutoverOverBudget } from '../../../functions/migration/errors.ts';
import type { Item } from '../../../functions/migration/items/items.ts';
import { entityKey } from '../../../functions/migration/names.ts';
import type { Side } from '../../../functions/migration/route/route.ts';
import { fakePorts } from '../../support/fake-ports.ts';
import { aMigration } from '../../support/records.ts';

const MANY_MS = 1_000_000;

const aWorld = async (settings: object = {}) => {
  const ports = fakePorts(settings);
  const migration = aMigration({ status: 'cuttingOver' });
  const { migrationId, tenantId, source } = migration;
  const transfer: Transfer = {
    from: { side: 'source', table: source.table },
    to: { side: 'target', table: aMigration().source.table },
  };
  for (const { table } of [transfer.from, transfer.to])
    await ports.tables.create(table, ports.settings.tableDesign);
  const partition = ports.partition(tenantId);
  const tableOf = (side: Side) => (side === 'source' ? transfer.from.table : transfer.to.table);
  return {
    ports,
    comparison: new TouchedComparison(
      { ports, migration, direction: 'forward', transfer },
      { touchedFrom: 0, budget: new Budget(ports.clock, MANY_MS) },
    ),
    async set(side: Side, key: string, value: string | undefined) {
      const item: Item = { tenantId: { S: tenantId }, entityKey: { S: key }, value: { S: value ?? '' } };
      const batch =
        value === undefined ? { puts: [], deletes: [entityKey(key)] } : { puts: [item], deletes: [] };
      await partition.write(tableOf(side), batch);
    },
    async touch(keys: readonly string[]) {
      const entries = keys.map((key) => ({ key: entityKey(key), sequence: '1', token: '1#a' }));
      await ports.journal.removeAsTouched(migrationId, 'source', entries, 0);
    },
    async marked() {
      const entries = await ports.journal.entries(migrationId, 'source', 100_000);
      return entries.map(({ key }) => String(key)).sort();
    },
  };
};

const anEntry = (key: string) => ({ key: entityKey(key), sequence: '1', token: '1#a' });
const passed = async (comparison: TouchedComparison) => {
  const check = comparison.compare();
  await check.ended();
  return check.isDone();
};

const aValue = fc.option(fc.constantFrom('old', 'new'), { nil: undefined });
/** The values of a touched key when the target is read, and under the fence. */
const aTouchedKey = fc.record({
  before: fc.record({ source: aValue, target: aValue }),
  /** Value that the applier writes to the target between the two reads, if it applies the key. */
  applied: fc.option(aValue, { nil: 'notApplied' as const }),
  source: aValue,
});

test('journals exactly the touched keys that differ under the fence, whatever was applied since the target was read', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(aTouchedKey, { minLength: 1, maxLength: 250 }), async (keys) => {
      const world = await aWorld();
      const nameOf = (n: number) => `STUDENT#${String(n).padStart(4, '0')}`;
      await world.touch(keys.map((_, n) => nameOf(n)));
      for (const [n, { before }] of keys.entries())
        for (const side of ['source', 'target'] as const) await world.set(side, nameOf(n), before[side]);
      await world.comparison.prepare().ended();
      const expected: string[] = [];
      for (const [n, { before, applied, source }] of keys.entries()) {
        if (applied !== 'notApplied') {
          world.comparison.applying([anEntry(nameOf(n))]);
          await world.set('target', nameOf(n), applied);
        }
        await world.set('source', nameOf(n), source);
        if (source !== (applied === 'notApplied' ? before.target : applied)) expected.push(nameOf(n));
      }
      expect(await passed(world.comparison)).toBe(true);
      expect(await world.marked()).toEqual(expected);
    }),
    { numRuns: 30 },
  );
});

test('compares a key that was applied and is not in the list of touched keys', async () => {
  const world = await aWorld();
  await world.comparison.prepare().ended();
  world.comparison.applying([anEntry('STUDENT#1')]);
  await world.set('source', 'STUDENT#1', 'new');
  expect(await passed(world.comparison)).toBe(true);
  expect(await world.marked()).toEqual(['STUDENT#1']);
});

test('makes the cutover give up if more keys were touched than can be compared under a fence', async () => {
  const world = await aWorld({ fencedKeys: 10 });
  await world.touch(Array.from({ length: 1_000 }, (_, n) => `STUDENT#${n}`));
  await expect(passed(world.comparison)).rejects.toThrow(CutoverOverBudget);
});

test('journals nothing once it has been stopped', async () => {
  const world = await aWorld();
  await world.touch(['STUDENT#1']);
  await world.comparison.prepare().ended();
  await world.set('source', 'STUDENT#1', 'new');
  await world.comparison.stop();
  world.comparison.compare();
  await world.comparison.stop();
  expect(await world.marked()).toEqual([]);
});
