import { expect, test } from 'vitest';
import { UnmovableItem } from '../../../functions/migration/errors.ts';
import type { Item } from '../../../functions/migration/items/items.ts';
import { sentinelItem, sentinelKey } from '../../../functions/migration/items/sentinel.ts';
import { PARTITION_KEY_BYTES, SORT_KEY_BYTES } from '../../../functions/migration/limits.ts';
import { entityKey, type SegmentNumber, type TenantId } from '../../../functions/migration/names.ts';
import type { Partition } from '../../../functions/migration/partition/partition-port.ts';
import { readRange } from '../../../functions/migration/partition/read-range.ts';
import { itemFindings } from '../../../functions/migration/plan/item-findings.ts';
import { mergeSurveys } from '../../../functions/migration/plan/merge-surveys.ts';
import { Surveyor, surveySegment } from '../../../functions/migration/plan/survey-segment.ts';
import type { Ports } from '../../../functions/migration/ports.ts';
import { type KeyAttribute, parseSettings } from '../../../functions/migration/settings/settings.ts';
import { SENTINEL_WORD } from '../../../functions/router/sentinel.ts';
import { fakePorts } from '../../support/fake-ports.ts';
import { aMigration, aSegment } from '../../support/records.ts';

const tenantId = 'cedar' as TenantId;
const key = (name: string, type: KeyAttribute['type']) => ({ name, type });
const { tableDesign } = parseSettings({
  tableDesign: {
    ...parseSettings({}).tableDesign,
    indexes: [
      { name: 'by-school', partitionKey: key('school', 'S'), sortKey: key('grade', 'N') },
      { name: 'by-photo', partitionKey: key('photo', 'B'), sortKey: key('school', 'S') },
    ],
  },
});
const item = (sortKey: string, attributes: Item = {}): Item => ({
  tenantId: { S: tenantId },
  entityKey: { S: sortKey },
  entityType: { S: 'STUDENT' },
  ...attributes,
});
const surveyOf = (items: readonly Item[]) => {
  const surveyor = new Surveyor(tableDesign);
  for (const one of items) surveyor.add(one);
  return surveyor.value();
};
const found = (...items: Item[]) => itemFindings(surveyOf(items), tableDesign);
/** An item as the SDK reads it. */
const withLostAttribute = (sortKey: string): Item =>
  Object.defineProperty(item(sortKey), '__proto__', { value: undefined, enumerable: true });

test.each<[string, Item]>([
  ['index-key-type', { school: { N: '7' } }],
  ['index-key-type', { school: { NULL: true } }],
  ['index-key-type', { grade: { S: '7' } }],
  ['index-key-type', { photo: { SS: ['a'] } }],
  ['index-key-empty', { school: { S: '' } }],
  ['index-key-empty', { photo: { B: new Uint8Array() } }],
  ['index-key-long', { photo: { B: new Uint8Array(PARTITION_KEY_BYTES + 1) } }],
  // a sort key in one index, a partition key in the other: the smaller limit counts
  ['index-key-long', { school: { S: 'é'.repeat(SORT_KEY_BYTES / 2 + 1) } }],
])('data F6: %s is a blocker with the item’s key: %o', (code, attributes) => {
  expect(found(item('fine'), item('STUDENT#1', attributes))).toEqual([
    expect.objectContaining({ level: 'blocker', code, items: 1, keys: ['STUDENT#1'] }),
  ]);
});

test('a valid index key is not a finding, nor is a missing attribute', () => {
  const attributes = { grade: { N: '7' }, photo: { B: new Uint8Array(PARTITION_KEY_BYTES) } };
  const school = { S: 'é'.repeat(SORT_KEY_BYTES / 2) };
  expect(found(item('a', { ...attributes, school }), item('b'), item('c', { other: { S: '' } }))).toEqual([]);
});

test('data F11: a key with the word of sentinels is a blocker, and the item is counted; a sentinel is neither', () => {
  const reserved = item(`STUDENT#${SENTINEL_WORD}mine`);
  const survey = surveyOf([reserved, sentinelItem(tenantId, sentinelKey(undefined, 'left'))]);
  expect(survey).toMatchObject({ byEntityType: { STUDENT: { items: 1 } }, sentinels: 1 });
  const [finding] = itemFindings(survey, tableDesign);
  expect(finding).toMatchObject({ code: 'reserved-key', items: 1, keys: [reserved.entityKey?.S] });
  expect(finding?.message).not.toContain('STUDENT');
});

test('data F8: an attribute that the SDK loses is a blocker with the item’s key', () => {
  expect(found(withLostAttribute('STUDENT#1'))).toEqual([
    expect.objectContaining({ level: 'blocker', code: 'lost-attribute', keys: ['STUDENT#1'] }),
  ]);
});

test('all are counted, and a few keys are kept, for any number of segments', () => {
  const many = (from: number) =>
    surveyOf(
      Array.from({ length: 1_000 }, (_, n) =>
        item(`${String(from + n).padStart(6, '0')}${'x'.repeat(1_000)}`, {
          school: { S: '' },
          grade: { S: '' },
          photo: { S: '' },
        }),
      ),
    );
  const survey = [many(1_000), many(2_000)].reduce(mergeSurveys, many(0));
  expect(survey.unmovable?.map(({ items }) => items)).toEqual([3_000, 3_000, 3_000]);
  expect(survey.unmovable?.flatMap(({ keys }) => keys)).toHaveLength(15);
  expect(survey.unmovable?.[0]?.keys[0]).toMatch(/^000000/);
});

const world = async (items: readonly Item[]) => {
  const ports = fakePorts({ pageItems: 10 });
  const migration = aMigration({ tenantId });
  const { table } = migration.source;
  await ports.migrations.create(migration);
  await ports.tables.create(table, ports.settings.tableDesign);
  for (const one of items) await ports.partition(tenantId).write(table, { puts: [one], deletes: [] });
  await ports.segments.add(migration.migrationId, [aSegment(0, { counted: items.length })]);
  const surveyed = async (with_: Ports = ports) => {
    await surveySegment(with_, migration, 0 as SegmentNumber);
    return (await ports.segments.get(migration.migrationId, 0 as SegmentNumber)).survey;
  };
  return { ports, table, surveyed };
};
const keys = (n: number) => Array.from({ length: n }, (_, k) => item(`KEY#${String(k).padStart(3, '0')}`));

/** Returns the ports with requests to the tenant's partition replaced. */
const withPartition = (ports: Ports, replace: (partition: Partition) => Partial<Partition>): Ports => ({
  ...ports,
  partition: (id) => {
    const partition = ports.partition(id);
    return {
      count: partition.count.bind(partition),
      read: partition.read.bind(partition),
      get: partition.get.bind(partition),
      countInIndex: partition.countInIndex.bind(partition),
      write: partition.write.bind(partition),
      ...replace(partition),
    };
  },
});

test.each([
  ['the first item', ['KEY#000']],
  ['an item in the middle', ['KEY#012']],
  ['the last item', ['KEY#024']],
  ['items in different places', ['KEY#001', 'KEY#002', 'KEY#020']],
  ['all items', keys(25).map((one) => one.entityKey?.S)],
])('a reading that lacks %s, which a count has, is a blocker', async (_, lacking) => {
  const { ports, surveyed } = await world(keys(25));
  const blind = withPartition(ports, (partition) => ({
    read: async (...given) => {
      const page = await partition.read(...given);
      return { ...page, items: page.items.filter(({ entityKey: one }) => !lacking.includes(one?.S)) };
    },
  }));
  const survey = await surveyed(blind);
  expect(survey?.uncounted).toBe(lacking.length);
  if (!survey) throw new Error('there is no survey');
  expect(itemFindings(survey, tableDesign)).toEqual([
    expect.objectContaining({ level: 'blocker', code: 'count-differs' }),
  ]);
});

/** Places of an item among 25 others, which are read in pages of 10. */
const PLACES = ['KEY', 'KEY#009+', 'KEY#012+', 'KEY#024+'];
/** Numbers of requests of the survey after which the application writes: one, those of one pass, and others. */
const PERIODS = Array.from({ length: 12 }, (_, n) => n + 1);

test.each(PERIODS.flatMap((every) => PLACES.map((place) => [every, place] as const)))(
  'a tenant that puts and deletes an item in turn, after every %i requests, causes no blocker: %s',
  async (every, place) => {
    const { ports, table, surveyed } = await world(keys(25));
    const applications = ports.partition(tenantId);
    let requests = 0;
    const write = async () => {
      requests += 1;
      if (requests % every > 0) return;
      const isPut = (requests / every) % 2 === 1;
      await applications.write(
        table,
        isPut ? { puts: [item(place)], deletes: [] } : { puts: [], deletes: [entityKey(place)] },
      );
    };
    const busy = withPartition(ports, (partition) => ({
      count: async (...given) => {
        const page = await partition.count(...given);
        await write();
        return page;
      },
      read: async (...given) => {
        const page = await partition.read(...given);
        await write();
        return page;
      },
    }));
    expect(await surveyed(busy)).not.toHaveProperty('uncounted');
  },
);

test('a tenant that was written between counting and reading causes none', async () => {
  const { ports, table, surveyed } = await world(keys(25));
  await ports.partition(tenantId).write(table, { puts: [item('NEW')], deletes: [entityKey('KEY#003')] });
  await ports.partition(tenantId).write(table, { puts: [item('NEWER')], deletes: [] });
  const survey = await surveyed();
  expect(survey).toMatchObject({ byEntityType: { STUDENT: { items: 26 } } });
  expect(survey).not.toHaveProperty('uncounted');
});

test.each<[string, Item]>([
  ['a reserved key', item(`a${SENTINEL_WORD}b`)],
  ['a lost attribute', withLostAttribute('a')],
])(
  'no pass omits or changes an item that was written later with %s: it fails, and names no key',
  async (_, one) => {
    const { ports, table } = await world([item('fine'), one]);
    const read = async () => {
      for await (const page of readRange(ports.partition(tenantId), table, {}, 10, { read: 0 })) void page;
    };
    await expect(read()).rejects.toThrow(UnmovableItem);
    await expect(read()).rejects.not.toThrow(SENTINEL_WORD);
  },
);
