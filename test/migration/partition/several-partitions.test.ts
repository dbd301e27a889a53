import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { byKeyOrder, type Item } from '../../../functions/migration/items/items.ts';
import { layoutOf } from '../../../functions/migration/items/key-layout.ts';
import { sentinelKeys } from '../../../functions/migration/items/sentinel.ts';
import { clearSentinels, holdsItems } from '../../../functions/migration/journal/clear-sentinels.ts';
import { deleteLeftSentinels } from '../../../functions/migration/journal/delete-left-sentinels.ts';
import { putSentinels } from '../../../functions/migration/journal/place-sentinels.ts';
import { holdsAnyItem } from '../../../functions/migration/partition/holds-any-item.ts';
import { countPartition } from '../../../functions/migration/plan/count-partition.ts';
import { surveySegment } from '../../../functions/migration/plan/survey-segment.ts';
import type { Segment } from '../../../functions/migration/segment.ts';
import { parseSettings } from '../../../functions/migration/settings/settings.ts';
import { fakePorts } from '../../support/fake-ports.ts';
import { aMigration } from '../../support/records.ts';
import { collect } from '../../support/tenants.ts';

const PARTITIONS = 4;
const { tableDesign } = parseSettings({});
const keys = { partitionKey: 'PK', sortKey: 'SK', template: 'TENANT#{tenant}#{0..3}' };
const FOREVER = { deadline: Number.POSITIVE_INFINITY };

/** A tenant with these numbers of items in its partitions. */
const tenantWith = async (counts: readonly number[], settings: object = {}) => {
  const ports = fakePorts({ tableDesign: { ...tableDesign, keys }, ...settings });
  const layout = layoutOf(ports.settings);
  const migration = aMigration({ status: 'planning' });
  const { table } = migration.source;
  await ports.tables.create(table, ports.settings.tableDesign);
  const partition = ports.tables.partition(migration.tenantId);
  const puts: Item[] = counts.flatMap((items, number) =>
    Array.from({ length: items }, (_, n) =>
      layout.wireKey(migration.tenantId, layout.keyAt(number, `STUDENT#${String(n).padStart(3, '0')}`)),
    ),
  );
  for (let n = 0; n < puts.length; n += 25)
    await partition.write(table, { puts: puts.slice(n, n + 25), deletes: [] });
  await ports.migrations.create(migration);
  const segments = (): Promise<Segment[]> => collect(ports.segments.list(migration.migrationId));
  return { ports, layout, migration, table, partition, segments };
};

describe('the segments of a tenant of several partitions', () => {
  test('lie in one partition each, cover every item once, and leave out no partition', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(30), { minLength: PARTITIONS, maxLength: PARTITIONS }),
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 3 }),
        async (counts, pageItems, segmentsPerStep) => {
          const { ports, layout, migration, segments } = await tenantWith(counts, {
            pageItems,
            segmentsPerStep,
          });
          await countPartition(ports, migration, FOREVER);
          const found = await segments();
          const items = Array.from({ length: PARTITIONS }, () => 0);
          let end: Segment['range']['through'];
          for (const { range, counted, number } of found) {
            expect(range.after).toBe(end);
            end = range.through;
            const place = layout.placeOf(range.after ?? layout.keyAt(0, ''));
            items[place.partition] = (items[place.partition] ?? 0) + counted;
            const isWithin =
              end === undefined
                ? place.partition === PARTITIONS - 1
                : layout.isBeginning(end)
                  ? end === layout.keyAt(place.partition + 1, '')
                  : layout.placeOf(end).partition === place.partition;
            expect(isWithin, `segment ${number}`).toBe(true);
            await surveySegment(ports, migration, number);
          }
          expect(end).toBeUndefined();
          expect(items).toEqual(counts);
          const surveys = (await segments()).map(({ survey }) => survey?.byEntityType['(none)']?.items ?? 0);
          expect(surveys.reduce((sum, one) => sum + one, 0)).toBe(counts.reduce((sum, one) => sum + one, 0));
        },
      ),
      { numRuns: 40 },
    );
  });

  test('have sentinels in every partition, which are all found again', async () => {
    const { ports, layout, migration, table, partition, segments } = await tenantWith([3, 0, 25, 0], {
      pageItems: 10,
    });
    await countPartition(ports, migration, FOREVER);
    const placed = sentinelKeys(await segments(), 'left', layout);
    expect(new Set(placed.map((key) => layout.placeOf(key).partition)).size).toBe(PARTITIONS);
    await putSentinels(ports, migration, table, placed);
    expect([...(partition.tables.get(table)?.keys() ?? [])]).toEqual(expect.arrayContaining(placed));
    await deleteLeftSentinels(ports, migration, table);
    expect([...(partition.tables.get(table)?.keys() ?? [])].sort(byKeyOrder)).toHaveLength(28);
  });
});

describe('a table is empty of a tenant', () => {
  test.each([0, 1, 2, 3])('only if all partitions are: not with an item in partition %i', async (number) => {
    const counts = Array.from({ length: PARTITIONS }, (_, n) => (n === number ? 1 : 0));
    const { ports, layout, migration, table, partition } = await tenantWith(counts);
    expect(await holdsAnyItem(partition, table)).toBe(true);
    expect(await holdsItems(partition, table, layout)).toBe(true);
    expect(await clearSentinels(ports, migration.tenantId, table)).toBe(false);
  });

  test('if it holds sentinels only, which are cleared in all partitions', async () => {
    const { ports, layout, migration, table, partition } = await tenantWith([0, 0, 0, 0]);
    expect(await holdsAnyItem(partition, table)).toBe(false);
    await putSentinels(ports, migration, table, sentinelKeys([], 'left', layout));
    expect(await holdsAnyItem(partition, table)).toBe(true);
    expect(await holdsItems(partition, table, layout)).toBe(false);
    expect(await clearSentinels(ports, migration.tenantId, table)).toBe(true);
    expect(await holdsAnyItem(partition, table)).toBe(false);
  });
});
