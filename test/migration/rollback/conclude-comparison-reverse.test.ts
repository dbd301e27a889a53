import { expect, test } from 'vitest';
import { VerificationMismatch } from '../../../functions/migration/errors.ts';
import { stateOf } from '../../../functions/migration/journal/first-changes.ts';
import type { Migration } from '../../../functions/migration/migration.ts';
import { entityKey, epochMs } from '../../../functions/migration/names.ts';
import { concludeComparisonReverse } from '../../../functions/migration/rollback/conclude-comparison-reverse.ts';
import { compareTargetSegment } from '../../../functions/migration/verify/compare-kept-segment.ts';
import { heldMigration } from '../../support/held-migration.ts';

/** A rollback that has flipped: the source is live again, and the target that was left is compared. */
const given = async (missedWrites: Record<string, string> = {}) => {
  const held = await heldMigration({}, { status: 'rollingBack', reverseFlippedAt: epochMs(1) });
  const { ports, migration, source, target, segment } = held;
  const { migrationId, tenantId } = migration;
  const itemIn = async (table: typeof target, key: string) =>
    (await ports.partition(tenantId).get(table, [entityKey(key)]))[0];
  for (const [key, value] of Object.entries(missedWrites)) await held.write(target, key, value);
  const compare = async () => compareTargetSegment(ports, await held.now(), segment);
  await compare();
  return {
    ...held,
    itemIn,
    /** Capture has seen the application write the key on the source, on top of the present item. */
    async written(key: string) {
      const change = { key: entityKey(key), states: [stateOf(await itemIn(source, key))] };
      await ports.journal.saveFirstChanges(migrationId, 'source', [change]);
      await held.write(source, key, 'written since');
    },
    compare,
    async conclude() {
      await concludeComparisonReverse(ports, await held.now());
      return held.now();
    },
    /** Records the failure of a step as the state machine does, and retries as an operator does. */
    async retry() {
      const now = await held.now();
      const failure = { error: 'VerificationMismatch', cause: 'planted', at: ports.clock.now() };
      const change: Partial<Migration> = { failure, attempt: now.attempt + 1 };
      await ports.migrations.update(now, change);
    },
    reported: async () => (await ports.migrations.report(migrationId))?.foreign ?? [],
  };
};

test("F3: a key whose first change on the source replaced another item than the target's is a missed write", async () => {
  const { ports, target, write, written, conclude, retry, reported, now, migration } = await given();
  await write(target, 'STUDENT#1', 'acknowledged before the fence, in a late shard');
  await written('STUDENT#1');
  await expect(conclude()).rejects.toThrow(VerificationMismatch);
  await expect(conclude()).rejects.toThrow(/1 key had another value .* may be newer/);
  expect(await reported()).toEqual([
    { key: 'STUDENT#1', kind: 'different', source: expect.any(String), target: expect.any(String) },
  ]);
  expect((await now()).targetComparedAt).toBeUndefined();
  // the application writes the key again: the missed write is the same, and an operator's retry accepts it
  await write(migration.source.table, 'STUDENT#1', 'written again');
  await retry();
  expect((await conclude()).targetComparedAt).toBe(ports.clock.now());
  const trail = await ports.migrations.events(migration.migrationId);
  expect(trail.filter(({ reason }) => reason.startsWith('Missed writes: 1 key'))).toHaveLength(1);
});

test('F2: an operator who writes the right value of a key that was found different, and retries, is not stopped again', async () => {
  const { write, source, capture, compare, conclude, retry, reported, ports, itemIn, migration } =
    await given({
      'STUDENT#1': 'acknowledged before the fence',
    });
  await expect(conclude()).rejects.toThrow(/1 of 1 segments of .* differ/);
  // the first change of the key on the source since the flip: what was there before is not what the target has
  const change = { key: entityKey('STUDENT#1'), states: [stateOf(await itemIn(source, 'STUDENT#1'))] };
  await ports.journal.saveFirstChanges(migration.migrationId, 'source', [change]);
  await write(source, 'STUDENT#1', 'acknowledged before the fence');
  await capture('source', 'STUDENT#1', '1');
  await retry();
  await compare();
  expect((await conclude()).targetComparedAt).toBe(ports.clock.now());
  // it stays in the report
  expect((await reported()).map(({ key }) => key)).toEqual(['STUDENT#1']);
});

test('a missed write that no operator knows of stops the retry, too', async () => {
  const { target, write, written, conclude, retry, reported } = await given();
  await write(target, 'STUDENT#1', 'acknowledged before the fence, in a late shard');
  await written('STUDENT#1');
  await expect(conclude()).rejects.toThrow(VerificationMismatch);
  await retry();
  await write(target, 'STUDENT#2', 'acknowledged before the fence, in a later shard');
  await written('STUDENT#2');
  await expect(conclude()).rejects.toThrow(/1 key had another value/);
  expect((await reported()).map(({ key }) => key)).toEqual(['STUDENT#1', 'STUDENT#2']);
  await retry();
  await conclude();
});

test.each<[string, string | undefined]>([
  ['a missed deletion', undefined],
  ['a missed item', 'new'],
])('%s is a missed write, although both sides are equal since', async (_, missedWrites) => {
  const { source, target, write, written, conclude } = await given();
  const key = missedWrites === undefined ? 'STUDENT#1' : 'STUDENT#9';
  await write(target, key, missedWrites);
  await written(key);
  await write(source, key, missedWrites);
  await expect(conclude()).rejects.toThrow(VerificationMismatch);
});

test('a write of the application to the live source is not a missed write, nor is a write made in the hold', async () => {
  const { ports, migration, target, write, written, conclude, reported } = await given();
  const hold = [{ key: entityKey('STUDENT#2'), states: ['before the hold'] }];
  await ports.journal.saveFirstChanges(migration.migrationId, 'target', hold);
  await written('STUDENT#1');
  await ports.journal.saveFirstChanges(migration.migrationId, 'source', [
    { key: entityKey('SCHOOL#1'), states: [] },
  ]);
  await write(target, 'SCHOOL#1', 'what an unreadable record may have left');
  expect(await conclude()).toMatchObject({ targetComparedAt: ports.clock.now() });
  expect(await reported()).toEqual([]);
});
