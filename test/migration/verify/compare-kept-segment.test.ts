import { expect, test } from 'vitest';
import { VerificationMismatch } from '../../../functions/migration/errors.ts';
import type { Migration } from '../../../functions/migration/migration.ts';
import { entityKey, epochMs } from '../../../functions/migration/names.ts';
import { parseSettings } from '../../../functions/migration/settings/settings.ts';
import {
  compareKeptSegment,
  compareTargetSegment,
} from '../../../functions/migration/verify/compare-kept-segment.ts';
import { concludeComparison } from '../../../functions/migration/verify/conclude-comparison.ts';
import { heldMigration } from '../../support/held-migration.ts';

const CAPTURE_MS = 60_000;
const { tableDesign } = parseSettings({});

/** A comparison that begins long after the flip, as that of a large tenant's last segments does. */
const given = async (settings: object = {}, record: Partial<Migration> = {}) => {
  const held = await heldMigration(settings, record);
  const { ports, migration, segment } = held;
  ports.clock.advance(10 * CAPTURE_MS);
  return {
    ...held,
    compare: () => compareKeptSegment(ports, migration, segment),
    conclude: async () => concludeComparison(ports, await held.now()),
    found: () => ports.segments.get(migration.migrationId, segment),
  };
};

test('F5: long after the flip, a change that capture has not delivered yet is not a mismatch', async () => {
  const { ports, target, write, capture, compare, conclude, found } = await given();
  await write(target, 'STUDENT#1', 'an ordinary write');
  expect(await compare()).toEqual({ done: false, waitSeconds: 1 });
  ports.clock.advance(CAPTURE_MS - 1);
  expect(await compare()).toMatchObject({ done: false });
  await capture('target', 'STUDENT#1', '1');
  expect(await compare()).toMatchObject({ done: true });
  expect(await found()).toMatchObject({ verified: { changed: 1 }, mismatch: { differing: 0 } });
  await conclude();
});

test('F5: a difference that is still unexplained captureMs after it was first seen is a mismatch', async () => {
  const { ports, source, write, compare, conclude, found } = await given();
  await write(source, 'STUDENT#1', 'changed past the router');
  expect(await compare()).toMatchObject({ done: false });
  const { mismatch } = await found();
  expect(mismatch?.since).toBe(ports.clock.now());
  ports.clock.advance(CAPTURE_MS);
  expect(await compare()).toMatchObject({ done: true });
  expect(await found()).toMatchObject({ mismatch: { differing: 1, since: mismatch?.since } });
  await expect(conclude()).rejects.toThrow(VerificationMismatch);
  await expect(conclude()).rejects.toThrow(/may be newer/);
});

test('F16: a straggler that the comparison finds is reported before the comparison fails', async () => {
  const { ports, migration, source, write, capture, conclude } = await given();
  await write(source, 'STUDENT#1', 'changed past the router');
  await capture('source', 'STUDENT#1', '1');
  await expect(conclude()).rejects.toThrow(VerificationMismatch);
  const { differences } = await ports.migrations.foreign(migration.migrationId);
  expect(differences.map(({ key }) => key)).toEqual(['STUDENT#1']);
  expect(ports.metrics.given).toEqual([{ Stragglers: 1 }]);
});

test('F5: a tenant that constantly writes new keys does not prevent the end of the comparison', async () => {
  const { ports, target, write, capture, compare, found } = await given();
  for (let n = 0; n < 3; n += 1) {
    await write(target, `STUDENT#new-${n}`, 'inserted');
    await compare();
    ports.clock.advance(1_000);
  }
  // the first pass saw one of them; the later ones came after that pass had found their keys equal
  expect((await found()).mismatch?.differences.map(({ key }) => key)).toEqual(['STUDENT#new-0']);
  await capture('target', 'STUDENT#new-0', '1');
  expect(await compare()).toMatchObject({ done: true });
  expect(await found()).toMatchObject({ verified: { changed: 3 }, mismatch: { differing: 0 } });
});

test('F5: with more open keys than the record holds, new ones do not inherit the age of earlier ones', async () => {
  const { ports, target, write, capture, compare, found } = await given();
  const insert = async (prefix: string) => {
    for (let n = 0; n < 150; n += 1) await write(target, `${prefix}-${n}`, 'inserted');
  };
  await insert('A');
  await compare();
  for (let n = 0; n < 150; n += 1) await capture('target', `A-${n}`, '1');
  await insert('B');
  ports.clock.advance(CAPTURE_MS);
  expect(await compare()).toMatchObject({ done: false });
  expect((await found()).mismatch).toMatchObject({ differing: 150, since: ports.clock.now() });
});

test('F3: the stream record of our own put before the flip explains no difference', async () => {
  const { ports, source, write, echo, capture, compare, conclude, found } = await given();
  await write(source, 'STUDENT#1', 'acknowledged before the fence, in a late shard');
  await echo('target', 'STUDENT#1', '1');
  expect(await compare()).toEqual({ done: false, waitSeconds: 1 });
  ports.clock.advance(CAPTURE_MS);
  expect(await compare()).toMatchObject({ done: true });
  await expect(conclude()).rejects.toThrow(VerificationMismatch);
  // if the application then writes the key, the first change shows what was missed
  await capture('target', 'STUDENT#1', '2');
  expect(await compare()).toMatchObject({ done: true });
  expect(await found()).toMatchObject({ verified: { changed: 1 }, mismatch: { differing: 0 } });
});

test('F2: an operator who writes the right value of a key that differed, and retries, is not stopped again', async () => {
  const { ports, migration, source, target, write, compare, conclude, now } = await given();
  await write(source, 'STUDENT#1', 'acknowledged before the fence, in a late shard');
  await compare();
  ports.clock.advance(CAPTURE_MS);
  await compare();
  await expect(conclude()).rejects.toThrow(/segments differ/);
  // the application writes it: the first change of the key on the target since the flip
  const key = entityKey('STUDENT#1');
  await ports.journal.saveFirstChanges(migration.migrationId, 'target', [{ key, states: ['as flipped'] }]);
  await ports.journal.addEntries(migration.migrationId, 'target', [{ key, sequence: '1' }]);
  await write(target, 'STUDENT#1', 'acknowledged before the fence, in a late shard');
  const failure = { error: 'VerificationMismatch', cause: 'planted', at: ports.clock.now() };
  await ports.migrations.update(await now(), { failure, attempt: migration.attempt + 1 });
  await compare();
  await conclude();
  const { differences } = await ports.migrations.foreign(migration.migrationId);
  expect(differences.map((one) => one.key)).toEqual(['STUDENT#1']);
});

test.each<[string, object, Partial<Migration>]>([
  ['the stream has no old images', { tableDesign: { ...tableDesign, streamView: 'KEYS_ONLY' } }, {}],
  ['a rollback was given up', {}, { rollbackStoppedIn: 0 }],
  ['both sides were compared before', {}, { keptComparedAt: epochMs(1) }],
])('an entry alone explains a difference if first changes are not saved: %s', async (_, settings, record) => {
  const { target, write, echo, compare } = await given(settings, record);
  await write(target, 'STUDENT#1', 'an ordinary write');
  await echo('target', 'STUDENT#1', '1');
  expect(await compare()).toMatchObject({ done: true });
});

test('after a flip back, the stream record of our own put to the source explains no difference from the target', async () => {
  const record = { status: 'rollingBack', reverseFlippedAt: epochMs(1) } as const;
  const { ports, migration, segment, target, write, echo, capture } = await given({}, record);
  const compare = () => compareTargetSegment(ports, migration, segment);
  await write(target, 'STUDENT#1', 'acknowledged before the fence, in a late shard');
  await echo('source', 'STUDENT#1', '1');
  expect(await compare()).toEqual({ done: false, waitSeconds: 1 });
  await capture('source', 'STUDENT#1', '2');
  expect(await compare()).toMatchObject({ done: true });
});
