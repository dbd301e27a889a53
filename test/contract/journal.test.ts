import { describe, expect, test } from 'vitest';
import { bucketOf } from '../../functions/aws/journal-buckets.ts';
import { SORT_KEY_BYTES } from '../../functions/migration/limits.ts';
import { type EntityKey, entityKey } from '../../functions/migration/names.ts';
import { aMigration } from '../support/records.ts';
import { inBothWorlds } from '../support/worlds.ts';

const changes = (keys: readonly string[], sequence = '1') =>
  keys.map((key) => ({ key: entityKey(key), sequence }));
const manyKeys = (items: number, prefix = 'STUDENT#') =>
  Array.from({ length: items }, (_, n) => `${prefix}${n}`);

inBothWorlds('journal', (ports) => {
  const newMigrationId = () => aMigration().migrationId;
  const keysOf = (entries: readonly { key: EntityKey }[]) => entries.map(({ key }) => key).sort();

  test('any valid key of a table is journalled for one side of one migration', async () => {
    const { journal } = ports();
    const [migrationId, other] = [newMigrationId(), newMigrationId()];
    const keys = ['SCHOOL#1', '\u0000', '\u{10FFFF}é', 'k'.repeat(SORT_KEY_BYTES)];
    await journal.addEntries(migrationId, 'source', changes(keys));
    const entries = await journal.entries(migrationId, 'source', 100);
    expect(keysOf(entries)).toEqual([...keys].sort());
    expect(await journal.entries(migrationId, 'target', 100)).toEqual([]);
    expect(await journal.entries(other, 'source', 100)).toEqual([]);
    const asked = [...keys, 'SCHOOL#2', 'SCHOOL#1'].map(entityKey);
    expect([...(await journal.journalledAmong(migrationId, 'source', asked))].sort()).toEqual(
      [...keys].sort(),
    );
    expect(await journal.journalledAmong(migrationId, 'target', asked)).toEqual(new Set());
    expect(await journal.journalledAmong(migrationId, 'source', [])).toEqual(new Set());
    await journal.addEntries(migrationId, 'source', []);
  });

  test('a key of one of several partitions may be longer than a sort key may be', async () => {
    const { journal } = ports();
    const migrationId = newMigrationId();
    const long = 'k'.repeat(SORT_KEY_BYTES - 1);
    const keys = [`07/${long}a`, `07/${long}b`, `08/${long}a`, '08/z'].map(entityKey);
    await journal.addEntries(migrationId, 'source', changes(keys));
    const entries = await journal.entries(migrationId, 'source', 100);
    expect(keysOf(entries)).toEqual(keys);
    expect([...(await journal.journalledAmong(migrationId, 'source', keys))].sort()).toEqual(keys);
    const [first, ...others] = keys;
    const isFirst = (entry: { key: EntityKey }) => entry.key === first;
    await journal.removeAsTouched(migrationId, 'source', entries.filter(isFirst), 3);
    expect(keysOf(await journal.entries(migrationId, 'source', 100))).toEqual(others);
    expect(await journal.touched(migrationId, 'source', 3, 100)).toEqual([first]);
    expect([...(await journal.touchedAmong(migrationId, 'source', keys))]).toEqual([first]);
    await journal.forgetTouched(migrationId, 4);
    expect(await journal.touched(migrationId, 'source', 0, 100)).toEqual([]);
    const change = { key: first as EntityKey, states: ['a'] };
    await journal.saveFirstChanges(migrationId, 'target', [change]);
    expect(await journal.firstChangesOf(migrationId, 'target', keys)).toEqual([change]);
    await journal.clear(migrationId);
    expect(await journal.entries(migrationId, 'source', 100)).toEqual([]);
  });

  test('a key journalled again is one entry with a new token, even for the same change', async () => {
    const { journal } = ports();
    const migrationId = newMigrationId();
    const tokens = new Set<string>();
    for (const sequence of ['5', '6', '5', '5']) {
      await journal.addEntries(migrationId, 'source', changes(['k'], sequence));
      const entries = await journal.entries(migrationId, 'source', 100);
      expect(entries).toHaveLength(1);
      for (const { token } of entries) tokens.add(token);
    }
    expect(tokens.size).toBe(4);
  });

  test('a journal entry shows which change wrote it', async () => {
    const { journal } = ports();
    const migrationId = newMigrationId();
    await journal.addEntries(migrationId, 'source', changes(['k'], '5'));
    await journal.addEntries(migrationId, 'source', changes(['k', 'other'], '111200000000000000000006'));
    const entries = await journal.entries(migrationId, 'source', 10);
    expect(entries.map(({ sequence }) => sequence)).toEqual(Array(2).fill('111200000000000000000006'));
  });

  test('a journal entry is removed only if it is the one that was applied', async () => {
    const { journal } = ports();
    const migrationId = newMigrationId();
    await journal.addEntries(migrationId, 'source', changes(['kept', 'gone'], '5'));
    const applied = await journal.entries(migrationId, 'source', 100);
    await journal.addEntries(migrationId, 'source', changes(['kept'], '6'));
    // the applied change is delivered once more, after the later one
    await journal.addEntries(migrationId, 'source', changes(['kept'], '5'));
    await journal.remove(migrationId, 'target', applied);
    await journal.remove(migrationId, 'source', applied);
    await journal.remove(migrationId, 'source', applied);
    const left = await journal.entries(migrationId, 'source', 100);
    expect(keysOf(left)).toEqual(['kept']);
    await journal.remove(migrationId, 'source', left);
    expect(await journal.entries(migrationId, 'source', 100)).toEqual([]);
    await journal.remove(migrationId, 'source', []);
  });

  test('any number of entries is read a few at a time, each once, until none is left', async () => {
    const { journal } = ports();
    const migrationId = newMigrationId();
    const keys = manyKeys(130);
    await journal.addEntries(migrationId, 'source', changes(keys));
    expect(await journal.journalledAmong(migrationId, 'source', keys.map(entityKey))).toEqual(new Set(keys));
    for (const limit of [130, 500]) {
      expect(keysOf(await journal.entries(migrationId, 'source', limit))).toEqual([...keys].sort());
    }
    const seen: string[] = [];
    for (const limit of [1, 7, 50, 100, 100, 100]) {
      const entries = await journal.entries(migrationId, 'source', limit);
      expect(entries).toHaveLength(Math.min(limit, keys.length - seen.length));
      seen.push(...keysOf(entries));
      await journal.remove(migrationId, 'source', entries);
    }
    expect(seen.sort()).toEqual([...keys].sort());
  });

  test('as many entries as requested are returned even if all are in one part of the journal', async () => {
    const { journal } = ports();
    const migrationId = newMigrationId();
    const keys = manyKeys(400)
      .filter((key) => bucketOf(key) === 3)
      .slice(0, 30);
    await journal.addEntries(migrationId, 'source', changes(keys));
    expect(await journal.entries(migrationId, 'source', 20)).toHaveLength(20);
    expect(keysOf(await journal.entries(migrationId, 'source', 30))).toEqual([...keys].sort());
  });

  test('the key of a removed entry stays touched, with the last round', async () => {
    const { journal } = ports();
    const migrationId = newMigrationId();
    await journal.addEntries(migrationId, 'source', changes(['a', 'b', 'changed']));
    const seen = await journal.entries(migrationId, 'source', 10);
    await journal.addEntries(migrationId, 'source', changes(['changed']));
    await journal.removeAsTouched(migrationId, 'source', seen, 1);
    expect(keysOf(await journal.entries(migrationId, 'source', 10))).toEqual(['changed']);
    expect([...(await journal.touched(migrationId, 'source', 0, 10))].sort()).toEqual(['a', 'b', 'changed']);
    expect(await journal.touched(migrationId, 'source', 1, 2)).toHaveLength(2);
    const asked = ['a', 'a', 'changed', 'other'].map(entityKey);
    expect(await journal.touchedAmong(migrationId, 'source', asked)).toEqual(new Set(['a', 'changed']));
    expect(await journal.touchedAmong(migrationId, 'target', asked)).toEqual(new Set());
    expect(await journal.touched(migrationId, 'target', 0, 10)).toEqual([]);
    expect(await journal.touched(migrationId, 'source', 2, 10)).toEqual([]);
    await journal.addEntries(migrationId, 'source', changes(['a']));
    await journal.removeAsTouched(migrationId, 'source', await journal.entries(migrationId, 'source', 10), 2);
    expect([...(await journal.touched(migrationId, 'source', 2, 10))].sort()).toEqual(['a', 'changed']);
    await journal.removeAsTouched(migrationId, 'source', [], 2);
  });

  test('keys last touched in an earlier round are forgotten, on both sides', async () => {
    const { journal } = ports();
    const migrationId = newMigrationId();
    const removeEntries = async (side: 'source' | 'target', keys: readonly string[], round: number) => {
      await journal.addEntries(migrationId, side, changes(keys));
      await journal.removeAsTouched(
        migrationId,
        side,
        await journal.entries(migrationId, side, 1_000),
        round,
      );
    };
    await removeEntries('source', [...manyKeys(300), 'again'], 1);
    await removeEntries('target', ['k'], 1);
    await removeEntries('source', ['again', 'new'], 2);
    await journal.forgetTouched(migrationId, 2);
    expect([...(await journal.touched(migrationId, 'source', 0, 1_000))].sort()).toEqual(['again', 'new']);
    expect(await journal.touched(migrationId, 'target', 0, 10)).toEqual([]);
  });

  test('a key keeps its first change, to which only changes around the flip are added', async () => {
    const { journal } = ports();
    const [migrationId, other] = [newMigrationId(), newMigrationId()];
    const [k, l] = ['k', 'l'].map(entityKey) as [EntityKey, EntityKey];
    const collect = async (side: 'source' | 'target', of = migrationId) => {
      const found = [];
      for await (const one of journal.firstChanges(of, side)) found.push(one);
      return found.sort((a, b) => (a.key < b.key ? -1 : 1));
    };
    const around = { isAroundFlip: true } as const;
    await journal.saveFirstChanges(migrationId, 'target', [
      { key: k, states: ['a', 'b'], expires: 7, ...around },
    ]);
    await journal.saveFirstChanges(migrationId, 'target', [
      { key: k, states: ['b', 'c'], ...around },
      { key: l, states: [''] },
    ]);
    await journal.saveFirstChanges(migrationId, 'target', [
      { key: k, states: ['d'] },
      { key: l, states: ['e'] },
    ]);
    // each side has its own first change
    await journal.saveFirstChanges(migrationId, 'source', [{ key: l, states: ['back'] }]);
    const first = { key: k, states: ['a', 'b', 'c'], expires: 7, ...around };
    expect(await collect('target')).toEqual([first, { key: l, states: [''] }]);
    expect(await collect('source')).toEqual([{ key: l, states: ['back'] }]);
    const asked = [k, k, entityKey('other')];
    expect(await journal.firstChangesOf(migrationId, 'target', asked)).toEqual([first]);
    expect(await journal.firstChangesOf(migrationId, 'source', asked)).toEqual([]);
    const many = manyKeys(120).map((key) => ({ key: entityKey(key), states: ['s'] }));
    await journal.saveFirstChanges(other, 'target', many);
    expect(await collect('target', other)).toHaveLength(120);
    const keys = many.map(({ key }) => key);
    expect(await journal.firstChangesOf(other, 'target', keys)).toHaveLength(120);
    expect(await journal.entries(migrationId, 'target', 10)).toEqual([]);
    await journal.clear(migrationId);
    expect(await collect('target')).toEqual([]);
    expect(await collect('source')).toEqual([]);
    expect(await collect('target', other)).toHaveLength(120);
  });

  test("clearing removes all entries of one migration on both sides, and no other migration's", async () => {
    const { journal } = ports();
    const [migrationId, other] = [newMigrationId(), newMigrationId()];
    await journal.addEntries(migrationId, 'source', changes(manyKeys(1_000)));
    await journal.addEntries(migrationId, 'target', changes(['k', 'touched']));
    await journal.removeAsTouched(migrationId, 'target', await journal.entries(migrationId, 'target', 1), 1);
    await journal.addEntries(other, 'source', changes(['k']));
    await journal.clear(migrationId);
    expect(await journal.touched(migrationId, 'target', 0, 10)).toEqual([]);
    await journal.clear(migrationId);
    expect(await journal.entries(migrationId, 'source', 1)).toEqual([]);
    expect(await journal.entries(migrationId, 'target', 1)).toEqual([]);
    expect(await journal.entries(other, 'source', 10)).toHaveLength(1);
  });
});

describe('buckets', () => {
  test.each(['STUDENT#', 'SCHOOL#abc#COURSE#', 'é#', ''])('keys after %j are spread evenly', (prefix) => {
    const counts = Array.from({ length: 8 }, () => 0);
    for (const key of manyKeys(4_000, prefix)) {
      const bucket = bucketOf(key);
      counts[bucket] = (counts[bucket] ?? 0) + 1;
    }
    expect(counts).toHaveLength(8);
    for (const count of counts) expect(Math.abs(count - 500)).toBeLessThan(150);
  });
});
