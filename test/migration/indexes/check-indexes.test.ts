import { describe, expect, test } from 'vitest';
import { checkIndexes } from '../../../functions/migration/indexes/check-indexes.ts';
import { indexMarker } from '../../../functions/migration/indexes/index-marker.ts';
import {
  IndexValues,
  indexValueHash,
  isOwnIndexValue,
} from '../../../functions/migration/items/index-values.ts';
import { type Item, keyOf } from '../../../functions/migration/items/items.ts';
import { isSentinel, isSentinelItem } from '../../../functions/migration/items/sentinel.ts';
import { entityKey, type TenantId } from '../../../functions/migration/names.ts';
import { makeReport } from '../../../functions/migration/report/make-report.ts';
import type { TableIndex } from '../../../functions/migration/settings/settings.ts';
import { heldMigration } from '../../support/held-migration.ts';
import { aPlan } from '../../support/records.ts';

const text = (name: string) => ({ name, type: 'S' as const });
const index = (name: string, partition: string, sort?: string): TableIndex => ({
  name,
  partitionKey: text(partition),
  ...(sort === undefined ? {} : { sortKey: text(sort) }),
  projection: 'ALL',
});

/** A tenant whose target has just received its items, with two indexes. */
const given = async (indexCheck: object = {}, planned: { items: number } = { items: 10 }) => {
  const tableDesign = {
    indexes: [index('by-type', 'typeKey', 'entityKey'), index('by-email', 'email')],
    streamView: 'NEW_AND_OLD_IMAGES',
    pointInTimeRecovery: true,
    deletionProtection: false,
  };
  const held = await heldMigration({ tableDesign, indexCheck }, { status: 'catchingUp' });
  const { ports, migration, target } = held;
  const { migrationId, tenantId } = migration;
  await ports.migrations.savePlan(migrationId, aPlan(migration, planned));
  const partition = ports.tables.partition(tenantId);
  const logged: string[] = [];
  const noting = { ...ports, log: { info() {}, warn: (_: object, message: string) => logged.push(message) } };
  const put = async (key: string, more: Item) => {
    const item = { tenantId: { S: tenantId }, entityKey: { S: key }, ...more };
    await partition.write(target, { puts: [item], deletes: [] });
  };
  for (const n of [1, 2, 3]) await put(`STUDENT#${n}`, { typeKey: { S: `${tenantId}#STUDENT` } });
  await put('SCHOOL#1', { typeKey: { S: `${tenantId}#SCHOOL` } });
  return {
    ...held,
    partition,
    put,
    logged,
    check: (attempt = 1) =>
      checkIndexes(noting, { ...migration, attempt }, { deadline: Number.POSITIVE_INFINITY }),
    checks: async () => (await ports.migrations.indexChecks(migrationId))?.indexes,
    trail: async () => (await ports.migrations.events(migrationId)).slice(1).map(({ reason }) => reason),
    report: async () => makeReport(ports, await held.now()),
    sentinels: () => [...(partition.tables.get(target)?.keys() ?? [])].filter(isSentinel),
  };
};

describe('F15: the indexes of the target', () => {
  test('are checked in one call if they are up to date, and nothing of ours stays', async () => {
    const { check, checks, trail, sentinels, report, logged } = await given();
    expect(await check()).toMatchObject({ done: true });
    const upToDate = { marker: 'gone', lagMs: 0, differing: 0, uncountedItems: 0 };
    const found = [
      { index: 'by-type', ...upToDate, values: 2, counted: 2 },
      { index: 'by-email', ...upToDate, values: 0, counted: 0 },
    ];
    expect(await checks()).toEqual(found);
    expect((await report()).indexes).toEqual(found);
    expect((await report()).notes).toEqual([]);
    expect(await trail()).toEqual([expect.stringMatching(/^the target's indexes were checked: by-type/)]);
    expect(sentinels()).toEqual([]);
    expect(logged).toEqual([]);
  });

  test('are waited for if one lags, and the lag is in the report', async () => {
    const { ports, target, partition, check, checks, trail, sentinels } = await given();
    partition.lag(target, 'by-type');
    // a step itself polls for a second
    for (let n = 0; n < 3; n += 1) {
      expect(await check()).toMatchObject({ done: false });
      ports.clock.advance(1_000);
    }
    expect(sentinels()).toHaveLength(1);
    expect(await trail()).toEqual([]);
    partition.catchUp(target, 'by-type');
    expect(await check()).toMatchObject({ done: true });
    expect(await checks()).toMatchObject([{ lagMs: 6_000, counted: 2, marker: 'gone' }, { lagMs: 0 }]);
    expect(sentinels()).toEqual([]);
  });

  test('are not waited for again after a crash behind the deletion of the marker', async () => {
    const { ports, target, partition, check, checks } = await given();
    partition.lag(target, 'by-type');
    await check();
    partition.catchUp(target, 'by-type');
    const save = ports.migrations.saveIndexChecks.bind(ports.migrations);
    ports.migrations.saveIndexChecks = async (id, one) => {
      if (one.deletedAt !== undefined) throw new Error('planted');
      return save(id, one);
    };
    await expect(check()).rejects.toThrow('planted');
    ports.migrations.saveIndexChecks = save;
    expect(await check()).toMatchObject({ done: true });
    expect(await checks()).toMatchObject([{ marker: 'gone' }, { marker: 'gone' }]);
  });

  test('are polled less often the longer it takes', async () => {
    const { ports, target, partition, check } = await given();
    partition.lag(target, 'by-type');
    const waits: number[] = [];
    // each step takes a second
    for (const ms of [0, 0, 27_000, 199_000]) {
      ports.clock.advance(ms);
      waits.push((await check()).waitSeconds);
    }
    expect(waits).toEqual([1, 1, 3, 15]);
  });

  test('must no longer show the marker before the check ends', async () => {
    const { ports, target, partition, check, checks } = await given();
    const write = partition.write.bind(partition);
    partition.write = (table, batch, signal) => {
      if (batch.deletes.some(isSentinel)) partition.lag(target, 'by-email');
      return write(table, batch, signal);
    };
    expect(await check()).toMatchObject({ done: false });
    expect(await checks()).toMatchObject([{ marker: 'gone' }, { marker: 'shown' }]);
    ports.clock.advance(1_000);
    expect(await check()).toMatchObject({ done: false });
    partition.catchUp(target, 'by-email');
    expect(await check()).toMatchObject({ done: true });
    expect(await checks()).toMatchObject([{ marker: 'gone' }, { marker: 'gone' }]);
  });

  test('cause a warning if they still show the marker after maxLagMs', async () => {
    const { ports, target, partition, check, report } = await given();
    const write = partition.write.bind(partition);
    partition.write = (table, batch, signal) => {
      if (batch.deletes.some(isSentinel)) partition.lag(target, 'by-email');
      return write(table, batch, signal);
    };
    await check();
    ports.clock.advance(ports.settings.indexCheck.maxLagMs);
    expect(await check()).toMatchObject({ done: true });
    expect((await report()).notes).toEqual([
      "index by-email still showed Tierferry's deleted test item after 5 min 00 s; DynamoDB removes it later",
    ]);
  });

  test('cause a warning if they do not catch up within maxLagMs, and the migration continues', async () => {
    const { ports, target, partition, check, put, logged, trail, report, sentinels, migration } =
      await given();
    partition.lag(target, 'by-type');
    await put('STUDENT#4', { typeKey: { S: `${migration.tenantId}#STUDENT` } });
    expect(await check()).toMatchObject({ done: false });
    ports.clock.advance(ports.settings.indexCheck.maxLagMs);
    expect(await check()).toMatchObject({ done: true });
    const warnings = [
      'index by-type did not show a new item within 5 min 00 s: its readers may miss items after the flip',
      "index by-type and the target's partition had different item counts for 1 of 2 values: its readers may miss items after the flip",
    ];
    expect((await report()).notes).toEqual(warnings);
    expect((await trail()).join()).toContain(`IndexBehind: ${warnings.join('; ')}`);
    expect(logged).toEqual(['IndexBehind']);
    expect(sentinels()).toEqual([]);
    expect(await check(), 'once it has ended it stays so').toMatchObject({ done: true });
    expect(await trail()).toHaveLength(1);
  });

  test('are found to lack an item that was in no marker, and only at the second poll', async () => {
    const { target, partition, check, checks, put, migration } = await given({ maxLagMs: 0 });
    partition.lag(target, 'by-type');
    await put('STUDENT#4', { typeKey: { S: `${migration.tenantId}#STUDENT` } });
    expect(await check()).toMatchObject({ done: false });
    expect(await checks()).toMatchObject([{ differing: 0, counted: 1 }, {}]);
    expect(await check()).toMatchObject({ done: true });
    expect(await checks()).toMatchObject([{ differing: 1, counted: 1 }, {}]);
  });

  test('are compared with what the target holds now: an item deleted in between is not a difference', async () => {
    const { target, partition, check, checks } = await given();
    partition.lag(target, 'by-type');
    await partition.write(target, { puts: [], deletes: [entityKey('STUDENT#3')] });
    expect(await check()).toMatchObject({ done: false });
    await partition.write(target, { puts: [], deletes: [entityKey('SCHOOL#1')] });
    partition.catchUp(target, 'by-type');
    expect(await check()).toMatchObject({ done: true });
    expect(await checks()).toMatchObject([{ counted: 2, differing: 0 }, {}]);
  });

  test('are noted without any value of an item while the check continues', async () => {
    const { ports, target, partition, check, migration } = await given();
    partition.lag(target, 'by-type');
    await partition.write(target, { puts: [], deletes: [entityKey('STUDENT#3')] });
    await check();
    const noted = await ports.migrations.indexChecks(migration.migrationId);
    expect(noted?.pending).toHaveLength(1);
    expect(JSON.stringify(noted)).not.toContain('STUDENT');
  });

  test('are not counted for a larger tenant, as the audit trail and the report say', async () => {
    const { check, checks, report, partition } = await given({ maxItems: 10 }, { items: 11 });
    expect(await check()).toMatchObject({ done: true });
    expect((await checks())?.map(({ values, marker }) => [values, marker])).toEqual([
      [undefined, 'gone'],
      [undefined, 'gone'],
    ]);
    expect((await report()).notes).toContain(
      'indexes by-type, by-email: items not counted. They are counted for tenants of up to 10 items (indexCheck.maxItems), if the read limit leaves time',
    );
    expect(partition.indexQueries).toBe(4);
  });

  test('are not counted if the settings say so, as the report says', async () => {
    const { check, report } = await given({ maxItems: 0 });
    expect(await check()).toMatchObject({ done: true });
    expect((await report()).notes).toContain(
      'indexes by-type, by-email: items not counted, since indexCheck.maxItems is 0',
    );
  });

  test('are not counted under values that do not begin with the tenant id (I4), as the report says by name', async () => {
    const { check, checks, report, put, migration } = await given();
    for (const [n, email] of [
      'a@b.org',
      `${migration.tenantId}-2#x`,
      `${migration.tenantId}#c@d.org`,
    ].entries())
      await put(`TEACHER#${n}`, { email: { S: email } });
    // the fake throws for any value that is not the tenant's
    expect(await check()).toMatchObject({ done: true });
    expect(await checks()).toMatchObject([{}, { values: 1, counted: 1, uncountedItems: 2 }]);
    expect((await report()).notes).toEqual([
      "index by-email: 2 items not counted, since their values do not begin with the tenant's id",
    ]);
  });

  test('are counted for a limited number of values', async () => {
    const { check, checks, put, migration } = await given({ valuesPerIndex: 3 });
    for (let n = 0; n < 9; n += 1) await put(`TEACHER#${n}`, { email: { S: `${migration.tenantId}#${n}` } });
    expect(await check()).toMatchObject({ done: true });
    expect(await checks()).toMatchObject([
      { values: 2, counted: 2 },
      { values: 9, counted: 3 },
    ]);
  });

  test('get a new marker from the next attempt, which replaces the one that a crash left', async () => {
    const { ports, target, partition, check, checks, sentinels, migration } = await given();
    partition.lag(target, 'by-type');
    await check();
    const nonce = async () => (await ports.migrations.indexChecks(migration.migrationId))?.nonce;
    const first = await nonce();
    const left = sentinels();
    expect(left).toHaveLength(1);
    await ports.migrations.update(migration, { attempt: 2 });
    await check(2);
    expect(await nonce()).not.toBe(first);
    expect(sentinels()).toHaveLength(1);
    expect(sentinels()).not.toEqual(left);
    partition.catchUp(target, 'by-type');
    expect(await check(2)).toMatchObject({ done: true });
    expect(await checks()).toMatchObject([{ marker: 'gone' }, { marker: 'gone' }]);
  });
});

const tenantId = 'cedar' as TenantId;

describe('F15: a marker', () => {
  test('is a sentinel with all key attributes, under values of the tenant that are new each time', () => {
    const indexes = [
      index('by-type', 'typeKey', 'entityKey'),
      index('by-update', 'tenantId', 'updatedAt'),
      { ...index('by-rank', 'rankKey'), sortKey: { name: 'rank', type: 'N' as const } },
    ];
    const { key, item, places } = indexMarker(tenantId, indexes, 'n1');
    expect(keyOf(item)).toBe(key);
    expect(isSentinelItem(item), 'a sweep deletes only items that are sentinels by this').toBe(true);
    const own = 'cedar#tierferry-marker-n1';
    expect(item).toMatchObject({ tenantId: { S: 'cedar' }, typeKey: { S: own }, rankKey: { S: own } });
    expect([...places.keys()]).toEqual(['by-type', 'by-update', 'by-rank']);
    expect(places.get('by-type')).toEqual({ value: own, sort: { S: key } });
    expect(places.get('by-update')).toEqual({ value: 'cedar', sort: item.updatedAt });
    expect(places.get('by-rank')).toEqual({ value: own, sort: item.rank });
    expect(indexMarker(tenantId, indexes, 'n2').places.get('by-type')).not.toEqual(places.get('by-type'));
  });

  test('is not in an index whose values other tenants may have, nor under such a value in another (I4)', () => {
    const number = { name: 'score', type: 'N' as const };
    const indexes: TableIndex[] = [
      { ...index('by-score', 'x'), partitionKey: number },
      { ...index('by-class', 'classKey'), sortKey: number },
      index('inverted', 'entityKey', 'tenantId'),
      index('by-type', 'typeKey'),
    ];
    const { item, places } = indexMarker(tenantId, indexes, 'n1');
    expect([...places.keys()]).toEqual(['by-type']);
    expect(Object.keys(item).sort()).toEqual(['entityKey', 'tenantId', 'tierferry', 'typeKey']);
  });
});

describe('F15: values of an index', () => {
  const hashOf = (value: string) => indexValueHash(`cedar#${value}`);
  const all = (counts: Readonly<Record<string, number>>) => {
    const values = new IndexValues(tenantId, index('by-type', 'typeKey'));
    for (const [value, items] of Object.entries(counts))
      for (let n = 0; n < items; n += 1)
        values.add({ entityKey: { S: `${value}#${n}` }, typeKey: { S: `cedar#${value}` } });
    return values;
  };

  test('are all sampled if they are few, those with the most items first', () => {
    expect(all({ a: 1, b: 3, c: 2 }).sample(3)).toEqual(['b', 'c', 'a'].map(hashOf));
    expect(all({}).sample(3)).toEqual([]);
  });

  test('are sampled half by size and half evenly, up to the limit and each once', () => {
    const counts = Object.fromEntries(
      Array.from({ length: 100 }, (_, n) => [String(n).padStart(3, '0'), n + 1]),
    );
    const values = all(counts);
    for (let limit = 1; limit <= 101; limit += 1) {
      const sample = values.sample(limit);
      expect(new Set(sample).size).toBe(Math.min(limit, 100));
      expect(sample).toHaveLength(Math.min(limit, 100));
    }
    expect(values.sample(4)).toEqual(['099', '098', '000', '049'].map(hashOf));
  });

  test("are the tenant's own only if they begin with the whole id", () => {
    const own = ['cedar', 'cedar#', 'cedar#x'];
    const others = ['', 'ced', 'cedar-2', 'cedar-2#x', 'cedarx', '#cedar', 'x#cedar'];
    expect([...own, ...others].filter((value) => isOwnIndexValue(tenantId, value))).toEqual(own);
  });
});
