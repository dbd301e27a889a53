import { expect, test } from 'vitest';
import { transferOf } from '../../../functions/migration/apply/transfer.ts';
import { compareSegment } from '../../../functions/migration/compare/compare-segment.ts';
import {
  comparisonDue,
  isCompared,
  touchedFrom,
} from '../../../functions/migration/compare/live-comparison.ts';
import type { Direction, Migration } from '../../../functions/migration/migration.ts';
import {
  type EntityKey,
  entityKey,
  readUnits,
  type SegmentNumber,
  writeUnits,
} from '../../../functions/migration/names.ts';
import { type CutoverWorld, cutoverWorld } from '../../support/cutover-world.ts';
import { aSegment } from '../../support/records.ts';

const MANY = 2_001;

const aWorld = async () => {
  const world = await cutoverWorld();
  const { ports, migration } = world;
  const { migrationId } = migration;
  await ports.segments.add(migrationId, [
    aSegment(0, { range: { through: entityKey('M') } }),
    aSegment(1, { range: { after: entityKey('M') } }),
  ]);
  const current = async (): Promise<Migration> => {
    const found = await ports.migrations.get(migrationId);
    if (!found) throw new Error('the migration is gone');
    return found;
  };
  const due = async (direction: Direction = 'forward') => {
    const now = await current();
    return comparisonDue(ports, now, await transferOf(ports, now, direction), direction);
  };
  const compare = async (direction: Direction = 'forward') => {
    const { segments, migration: now } = await due(direction);
    for (const number of segments) await compareSegment(ports, now, number as never, direction);
    return segments;
  };
  const touch = async (keys: number, prefix = 'k') => {
    const { comparison } = await current();
    const entries = Array.from({ length: keys }, (_, n) => ({
      key: `${prefix}${n}` as EntityKey,
      sequence: '1',
    }));
    for (let n = 0; n < entries.length; n += 1_000)
      await ports.journal.addEntries(migrationId, 'source', entries.slice(n, n + 1_000));
    const set = await ports.journal.entries(migrationId, 'source', keys);
    await ports.journal.removeAsTouched(migrationId, 'source', set, comparison?.round ?? 0);
  };
  return { ...world, current, due, compare, touch };
};

test('all keys are compared once before a cutover, and once more before one in the other direction', async () => {
  const { compare, due, current } = await aWorld();
  for (const direction of ['forward', 'reverse'] as const) {
    expect((await compare(direction)).toSorted()).toEqual([0, 1]);
    expect(isCompared(await current(), direction)).toBe(false);
    expect((await due(direction)).segments).toEqual([]);
    expect(isCompared(await current(), direction)).toBe(true);
  }
});

test('an interrupted comparison continues with the segments that are left', async () => {
  const { ports, due } = await aWorld();
  const { segments, migration } = await due();
  await compareSegment(ports, migration, segments[0] as never, 'forward');
  expect((await due()).segments).toEqual([segments[1]]);
});

test('F4: after a gap all keys are compared again, and only a comparison that began later closes it', async () => {
  const { ports, compare, due, current } = await aWorld();
  const note = async () => {
    const gap = { at: ports.clock.now(), reason: 'planted' };
    await ports.migrations.update(await current(), { gap });
    ports.clock.advance(1);
  };
  await compare();
  await note();
  expect((await due()).segments).not.toEqual([]);
  await note();
  await compare();
  expect((await compare()).length, 'the gap came during the comparison').toBe(2);
  expect((await due()).segments).toEqual([]);
  expect((await current()).gap).toBeUndefined();
});

test('F3: keys stay touched until a comparison that began later has ended', async () => {
  const { ports, migration, compare, due, touch, current } = await aWorld();
  await touch(3, 'before');
  await compare();
  await touch(2, 'during');
  await due();
  const left = await ports.journal.touched(
    migration.migrationId,
    'source',
    touchedFrom(await current(), 'forward'),
    10,
  );
  expect([...left].sort()).toEqual(['during0', 'during1']);
});

test('F3: more touched keys than can be compared under the fence are compared live, and it is reported if that does not help', async () => {
  const { ports, migration, compare, due, touch, current } = await aWorld();
  await compare();
  await due();
  await touch(MANY, 'a');
  expect((await due()).segments).not.toEqual([]);
  await touch(MANY, 'b');
  await compare();
  expect((await due()).segments, 'they were touched while all were compared').not.toEqual([]);
  const events = await ports.migrations.events(migration.migrationId);
  expect(events.filter(({ reason }) => reason.startsWith('NotConverging'))).toHaveLength(1);
  await compare();
  expect((await due()).segments).toEqual([]);
  expect((await current()).comparison?.overflow).toBeUndefined();
});

/** Two sides with three differing keys. */
const differing = async ({ ports, migration, source, target }: CutoverWorld) => {
  const item = (key: string, value: string) => ({
    tenantId: { S: migration.tenantId },
    entityKey: { S: key },
    value: { S: value },
  });
  const partition = ports.partition(migration.tenantId);
  await partition.write(source, { puts: [item('different', 'a'), item('only source', 'a')], deletes: [] });
  await partition.write(target, { puts: [item('different', 'b'), item('only target', 'b')], deletes: [] });
};
const entriesOf = async ({ ports, migration }: CutoverWorld, side: 'source' | 'target') =>
  (await ports.journal.entries(migration.migrationId, side, 10)).map(({ key }) => key).sort();

/** Notes that the segments were equal after the flip. */
const verify = async ({ ports, migration }: CutoverWorld) => {
  const same = { items: 0, bytes: 0, checksum: '0' };
  for (const number of [0, 1])
    await ports.segments.record(
      migration.migrationId,
      number as SegmentNumber,
      { verified: { source: same, target: same, changed: 0, attempt: 1 } },
      'verify',
      { read: readUnits(0), write: writeUnits(0) },
    );
};
const ALL = ['different', 'only source', 'only target'];

test.each<[string, Direction, string[], string[]]>([
  [
    'forward, an item missing on the source is foreign',
    'forward',
    ['only source'],
    ['different', 'only target'],
  ],
  ['F2: reverse, in a segment that was not equal after the flip, nothing is overwritten', 'reverse', ALL, []],
])('%s', async (_, direction, source, target) => {
  const world = await aWorld();
  await differing(world);
  await world.compare(direction);
  expect(await entriesOf(world, 'source')).toEqual(source);
  expect(await entriesOf(world, 'target')).toEqual(target);
});

test('F4: forward, after a gap the source is right', async () => {
  const world = await aWorld();
  await differing(world);
  await world.ports.migrations.update(await world.current(), {
    gap: { at: world.ports.clock.now(), reason: 'planted' },
  });
  world.ports.clock.advance(1);
  await world.compare();
  expect(await entriesOf(world, 'source')).toEqual(ALL);
});

test('F3: forward, the source is right about a touched key', async () => {
  const world = await aWorld();
  await differing(world);
  const { ports, migration } = world;
  const touched = [{ key: entityKey('different'), sequence: '1' }];
  await ports.journal.addEntries(migration.migrationId, 'source', touched);
  const entries = await ports.journal.entries(migration.migrationId, 'source', 10);
  await ports.journal.removeAsTouched(migration.migrationId, 'source', entries, 0);
  await world.compare();
  expect(await entriesOf(world, 'source')).toEqual(['different', 'only source']);
  expect(await entriesOf(world, 'target')).toEqual(['only target']);
});

test('F2: reverse, the target is right about a segment that was equal after the flip', async () => {
  const world = await aWorld();
  await differing(world);
  await verify(world);
  await world.compare('reverse');
  expect(await entriesOf(world, 'source')).toEqual([]);
  expect(await entriesOf(world, 'target')).toEqual(ALL);
});

test('F2: reverse, a change of the target explains a difference, whatever was found after the flip', async () => {
  const world = await aWorld();
  await differing(world);
  const changed = { key: entityKey('different'), sequence: '9' };
  await world.ports.journal.addEntries(world.migration.migrationId, 'target', [changed]);
  await world.compare('reverse');
  expect(await entriesOf(world, 'source')).toEqual(['only source', 'only target']);
});

test('F2: a straggler is not overwritten by the comparison before the reverse cutover', async () => {
  const world = await aWorld();
  await differing(world);
  await verify(world);
  const straggler = { key: entityKey('different'), sequence: '9' };
  await world.ports.journal.addEntries(world.migration.migrationId, 'source', [straggler]);
  await world.compare('reverse');
  expect(await entriesOf(world, 'target')).toEqual(['only source', 'only target']);
});
