import { expect, test } from 'vitest';
import { concludeKeptSource } from '../../../functions/migration/clean-up/conclude-kept-source.ts';
import { SourceChangedAfterFlip, VerificationMismatch } from '../../../functions/migration/errors.ts';
import type { Item } from '../../../functions/migration/items/items.ts';
import { type EntityKey, entityKey, epochMs } from '../../../functions/migration/names.ts';
import { compareKeptSegment } from '../../../functions/migration/verify/compare-kept-segment.ts';
import { concludeComparison } from '../../../functions/migration/verify/conclude-comparison.ts';
import { verifyKeptSegment } from '../../../functions/migration/verify/verify-kept-segment.ts';
import { heldMigration } from '../../support/held-migration.ts';

/** A migration in its hold, with the given number of additional items on both sides. */
const given = async (items: number, expiresAt?: number) => {
  const held = await heldMigration({ captureMs: 1 });
  const { ports, migration, segment, source, target } = held;
  const { migrationId, tenantId } = migration;
  const keys = Array.from({ length: items }, (_, n) => entityKey(`GRADE#${String(n).padStart(6, '0')}`));
  const partition = ports.partition(tenantId);
  const expiry: Item = expiresAt === undefined ? {} : { expiresAt: { N: String(expiresAt) } };
  for (const table of [source, target])
    for (let n = 0; n < items; n += 25)
      await partition.write(table, {
        puts: keys
          .slice(n, n + 25)
          .map((key) => ({ tenantId: { S: tenantId }, entityKey: { S: key }, ...expiry })),
        deletes: [],
      });
  const own = ['SCHOOL#1', 'STUDENT#1', 'STUDENT#2'].map((key) => entityKey(key));
  const remove = async (gone: readonly EntityKey[]) => {
    for (let n = 0; n < gone.length; n += 25)
      await partition.write(source, { puts: [], deletes: gone.slice(n, n + 25) });
  };
  return {
    ...held,
    keys: [...own, ...keys],
    remove,
    /** Empties the source by hand: capture sees each deletion. */
    async empty() {
      await remove([...own, ...keys]);
      const entries = [...own, ...keys].map((key) => ({ key, sequence: '101' }));
      await ports.journal.addEntries(migrationId, 'source', entries);
    },
    compare: async () => {
      await compareKeptSegment(ports, await held.now(), segment);
      ports.clock.advance(2);
      await compareKeptSegment(ports, await held.now(), segment);
      await concludeComparison(ports, await held.now());
    },
    conclude: async () => {
      await verifyKeptSegment(ports, await held.now(), segment);
      return concludeKeptSource(ports, await held.now());
    },
    /** Records a failure as the state machine does, and retries as an operator does. */
    async retry(error: string) {
      const failure = { error, cause: 'told', at: epochMs(ports.clock.now()) };
      const { attempt } = await held.now();
      await ports.migrations.update(await held.now(), { failure, attempt: attempt + 1 });
    },
  };
};

test.each([
  ['more keys than a segment notes', 300],
  ['more keys than a report holds', 1_500],
  ['more keys than one read of the journal', 6_000],
])('F7: a source that was emptied by hand in the hold, with %s, needs one retry to end', async (_, items) => {
  const { now, compare, empty, conclude, retry } = await given(items);
  await compare();
  await empty();
  for (let n = 0; n < 2; n += 1) await expect(conclude()).rejects.toThrow(SourceChangedAfterFlip);
  await retry('SourceChangedAfterFlip');
  await conclude();
  expect(await now()).toMatchObject({ status: 'cleaningUp' });
});

test('F7: so does one whose deletions capture has missed', async () => {
  const { keys, now, compare, remove, conclude, retry } = await given(300);
  await compare();
  await remove(keys);
  await expect(conclude()).rejects.toThrow(SourceChangedAfterFlip);
  await retry('SourceChangedAfterFlip');
  await conclude();
  expect(await now()).toMatchObject({ status: 'cleaningUp' });
});

test('a write past the router among the deletions stops the clean-up after a retry too', async () => {
  const { ports, migration, keys, now, source, target, compare, empty, conclude, retry, write, capture } =
    await given(6_000);
  await compare();
  await empty();
  await expect(conclude()).rejects.toThrow(SourceChangedAfterFlip);
  const last = keys.at(-1) ?? '';
  await write(source, last, 'past the router');
  // the application has changed the key as well, which explains the difference
  await write(target, last, 'since the flip');
  await capture('target', last, '7');
  await ports.journal.addEntries(migration.migrationId, 'source', [
    { key: entityKey(last), sequence: '102' },
  ]);
  await retry('SourceChangedAfterFlip');
  await expect(conclude()).rejects.toThrow(SourceChangedAfterFlip);
  expect(await now()).toMatchObject({ status: 'holding' });
});

test('F7: a source that was emptied before it was compared needs one retry to end', async () => {
  const { now, compare, empty, conclude, retry } = await given(300);
  await empty();
  await expect(compare()).rejects.toThrow(VerificationMismatch);
  await retry('VerificationMismatch');
  await compare();
  await conclude();
  expect(await now()).toMatchObject({ status: 'cleaningUp' });
});

test('an item that only the source has stops the comparison after a retry too', async () => {
  const { compare, retry, remove, keys, write, source } = await given(200);
  await remove(keys.slice(0, 150));
  await write(source, 'TEACHER#1', 'only here');
  await expect(compare()).rejects.toThrow(VerificationMismatch);
  await retry('VerificationMismatch');
  await expect(compare()).rejects.toThrow(VerificationMismatch);
});

test('a tenant whose items have all expired, and were deleted by DynamoDB from the source, ends at once', async () => {
  const { ports, now, keys, compare, remove, conclude } = await given(150, Date.UTC(2026, 0, 1) / 1_000 + 60);
  await compare();
  ports.clock.advance(120_000);
  await remove(keys.slice(3));
  await conclude();
  expect(await now()).toMatchObject({ status: 'cleaningUp' });
});
