import { expect, test } from 'vitest';
import { VerificationMismatch } from '../../../functions/migration/errors.ts';
import { compareKeptSegment } from '../../../functions/migration/verify/compare-kept-segment.ts';
import { concludeComparison } from '../../../functions/migration/verify/conclude-comparison.ts';
import { heldMigration } from '../../support/held-migration.ts';

const CAPTURE_MS = 60_000;

/** A comparison that begins long after the flip, as that of a large tenant's last segments does. */
const given = async () => {
  const held = await heldMigration();
  const { ports, migration, segment } = held;
  ports.clock.advance(10 * CAPTURE_MS);
  return {
    ...held,
    compare: () => compareKeptSegment(ports, migration, segment),
    conclude: () => concludeComparison(ports, migration),
    found: () => ports.segments.get(migration.migrationId, segment),
  };
};

test('F5: long after the flip, a change that is on its way through capture is no mismatch', async () => {
  const { ports, target, write, capture, compare, conclude, found } = await given();
  await write(target, 'STUDENT#1', 'an ordinary write');
  expect(await compare()).toEqual({ settled: false, waitSeconds: 1 });
  ports.clock.advance(CAPTURE_MS - 1);
  expect(await compare()).toMatchObject({ settled: false });
  await capture('target', 'STUDENT#1', '1');
  expect(await compare()).toMatchObject({ settled: true });
  expect(await found()).toMatchObject({ verified: { changed: 1 }, mismatch: { differing: 0 } });
  await conclude();
});

test('F5: a difference that is still unexplained captureMs after it was first seen is a mismatch', async () => {
  const { ports, source, write, compare, conclude, found } = await given();
  await write(source, 'STUDENT#1', 'changed past the router');
  expect(await compare()).toMatchObject({ settled: false });
  const { mismatch } = await found();
  expect(mismatch?.since).toBe(ports.clock.now());
  ports.clock.advance(CAPTURE_MS);
  expect(await compare()).toMatchObject({ settled: true });
  expect(await found()).toMatchObject({ mismatch: { differing: 1, since: mismatch?.since } });
  await expect(conclude()).rejects.toThrow(VerificationMismatch);
  await expect(conclude()).rejects.toThrow(/may be newer/);
});

test('F16: a straggler that the comparison meets is reported before the comparison fails', async () => {
  const { ports, migration, source, write, capture, conclude } = await given();
  await write(source, 'STUDENT#1', 'changed past the router');
  await capture('source', 'STUDENT#1', '1');
  await expect(conclude()).rejects.toThrow(VerificationMismatch);
  const { differences } = await ports.migrations.foreign(migration.migrationId);
  expect(differences.map(({ key }) => key)).toEqual(['STUDENT#1']);
  expect(ports.metrics.given).toEqual([{ Stragglers: 1 }]);
});

test('F5: a tenant that writes new keys all the time does not keep the comparison from ending', async () => {
  const { ports, target, write, capture, compare, found } = await given();
  for (let n = 0; n < 3; n += 1) {
    await write(target, `STUDENT#new-${n}`, 'inserted');
    await compare();
    ports.clock.advance(1_000);
  }
  // the first pass met one of them; the later ones came after that pass had found their keys equal
  expect((await found()).mismatch?.differences.map(({ key }) => key)).toEqual(['STUDENT#new-0']);
  await capture('target', 'STUDENT#new-0', '1');
  expect(await compare()).toMatchObject({ settled: true });
  expect(await found()).toMatchObject({ verified: { changed: 3 }, mismatch: { differing: 0 } });
});

test('F5: with more open keys than the record holds, new ones do not inherit the age of those before', async () => {
  const { ports, target, write, capture, compare, found } = await given();
  const insert = async (prefix: string) => {
    for (let n = 0; n < 150; n += 1) await write(target, `${prefix}-${n}`, 'inserted');
  };
  await insert('A');
  await compare();
  for (let n = 0; n < 150; n += 1) await capture('target', `A-${n}`, '1');
  await insert('B');
  ports.clock.advance(CAPTURE_MS);
  expect(await compare()).toMatchObject({ settled: false });
  expect((await found()).mismatch).toMatchObject({ differing: 150, since: ports.clock.now() });
});
