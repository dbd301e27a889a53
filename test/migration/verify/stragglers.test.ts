import { expect, test } from 'vitest';
import { checkHold } from '../../../functions/migration/clean-up/check-hold.ts';
import { concludeKeptSource } from '../../../functions/migration/clean-up/conclude-kept-source.ts';
import { SourceChangedAfterFlip, Unavailable } from '../../../functions/migration/errors.ts';
import { sentinelKey } from '../../../functions/migration/items/sentinel.ts';
import { entityKey } from '../../../functions/migration/names.ts';
import { findBlockingStragglers } from '../../../functions/migration/rollback/blocking-stragglers.ts';
import { compareKeptSegment } from '../../../functions/migration/verify/compare-kept-segment.ts';
import { verifyKeptSegment } from '../../../functions/migration/verify/verify-kept-segment.ts';
import { heldMigration } from '../../support/held-migration.ts';

/** The sentinels of the fence have come through capture with sequence number 100. */
const given = async () => {
  const held = await heldMigration();
  const { ports, migration, segment } = held;
  const { migrationId } = migration;
  await ports.migrations.saveFenceSentinels(migrationId, [
    { key: entityKey('\u0000'), sequence: '100' },
    { key: entityKey('\u{10FFFF}'), sequence: '100' },
  ]);
  await compareKeptSegment(ports, migration, segment);
  return {
    ...held,
    poll: async () => checkHold(ports, await held.now()),
    conclude: async () => {
      await verifyKeptSegment(ports, await held.now(), segment);
      return concludeKeptSource(ports, await held.now());
    },
    trail: async () => (await ports.migrations.events(migrationId)).slice(1).map(({ reason }) => reason),
    figures: () => ports.metrics.given.filter(({ Stragglers }) => Stragglers !== undefined),
    keys: async () => (await ports.migrations.report(migrationId))?.foreign.map(({ key }) => key),
    entries: async () => ports.journal.entries(migrationId, 'source', 10),
  };
};

test('F16: a change from before the fence that is delivered again is not a straggler, and leaves the journal', async () => {
  const { capture, poll, conclude, trail, entries } = await given();
  await capture('source', 'STUDENT#1', '99');
  await poll();
  expect(await trail()).toEqual([]);
  expect(await entries()).toEqual([]);
  await capture('source', 'STUDENT#1', '99');
  await conclude();
  expect(await trail()).toEqual(['hold over, source verified']);
});

test('F16: a change from before the fence is reported if the sides differ, because it may never have been applied', async () => {
  const { target, write, capture, poll, trail, keys } = await given();
  await write(target, 'STUDENT#1', 'since the flip');
  await capture('target', 'STUDENT#1', '7');
  await capture('source', 'STUDENT#1', '99');
  await poll();
  expect(await trail()).toEqual([expect.stringMatching(/or captured late/)]);
  expect(await keys()).toEqual(['STUDENT#1']);
});

test('F16: a straggler is reported at the next poll of the hold, once, with its key in the report only', async () => {
  const { source, write, capture, poll, trail, figures, keys } = await given();
  await write(source, 'STUDENT#1', 'past the router');
  await capture('source', 'STUDENT#1', '101');
  await poll();
  await poll();
  expect(await trail()).toEqual([expect.stringMatching(/^Stragglers: 1 key of source/)]);
  expect((await trail()).join()).not.toContain('STUDENT#1');
  expect(figures()).toEqual([{ Stragglers: 1 }]);
  expect(await keys()).toEqual(['STUDENT#1']);
  // the same key with another value is reported again
  await write(source, 'STUDENT#1', 'past the router again');
  await capture('source', 'STUDENT#1', '102');
  await poll();
  expect(figures()).toHaveLength(2);
});

test('a straggler is shown in the report even if the poll that found it crashed before it had saved one', async () => {
  const { ports, migration, source, write, capture, poll, keys, trail } = await given();
  await write(source, 'STUDENT#1', 'past the router');
  await capture('source', 'STUDENT#1', '200');
  const save = ports.migrations.saveReport.bind(ports.migrations);
  ports.migrations.saveReport = () => Promise.reject(new Unavailable('it died'));
  await expect(poll()).rejects.toThrow(Unavailable);
  ports.migrations.saveReport = save;
  expect(await ports.migrations.report(migration.migrationId)).toBeUndefined();
  await poll();
  expect(await keys()).toEqual(['STUDENT#1']);
  expect(await trail()).toHaveLength(1);
});

test('F16: a straggler that was undone is reported too', async () => {
  const { capture, poll, trail } = await given();
  await capture('source', 'STUDENT#1', '101');
  await poll();
  expect(await trail()).toHaveLength(1);
});

test('F16: a straggler is reported while the migration is paused', async () => {
  const { ports, now, capture, trail } = await given();
  await capture('source', 'STUDENT#1', '101');
  const paused = await ports.migrations.update(await now(), { paused: true });
  expect(await checkHold(ports, paused)).toMatchObject({ over: false });
  expect(await trail()).toHaveLength(1);
});

test('F16: what was reported in the hold stops the clean-up until an operator retries', async () => {
  const { ports, now, capture, poll, conclude } = await given();
  await capture('source', 'STUDENT#1', '101');
  await poll();
  for (let n = 0; n < 2; n += 1) {
    await expect(conclude()).rejects.toThrow(SourceChangedAfterFlip);
    await expect(conclude()).rejects.toThrow(/1 key of source .* may be newer/);
  }
  await ports.migrations.update(await now(), { attempt: 2 });
  await conclude();
  expect(await now()).toMatchObject({ status: 'cleaningUp' });
});

test.each([
  ['late sentinels', (n: number) => sentinelKey(undefined, `late-${n}`)],
  ['redelivered changes', (n: number) => entityKey(`GONE#${n}`)],
])('F7: %s that fill the first read of a poll hide no straggler', async (_, keyOf) => {
  const { ports, migration, source, write, capture, poll, keys } = await given();
  const changes = Array.from({ length: 3_000 }, (_, n) => ({ key: keyOf(n), sequence: '99' }));
  await ports.journal.addEntries(migration.migrationId, 'source', changes);
  await write(source, 'TEACHER#1', 'past the router');
  await capture('source', 'TEACHER#1', '101');
  await poll();
  expect(await keys()).toEqual(['TEACHER#1']);
});

test('F7: undone stragglers that fill the first read hide none that a rollback would lose', async () => {
  const { ports, now, migration, source, write, capture } = await given();
  const undone = Array.from({ length: 6_000 }, (_, n) => ({ key: entityKey(`GONE#${n}`), sequence: '101' }));
  await ports.journal.addEntries(migration.migrationId, 'source', undone);
  await write(source, 'TEACHER#1', 'past the router');
  await capture('source', 'TEACHER#1', '101');
  const found = findBlockingStragglers(ports, await now(), false);
  await expect(found).rejects.toMatchObject({ keys: ['TEACHER#1'] });
});

test('F3: a rollback does not stop at a key whose item has expired on one side', async () => {
  const { ports, now, migration, target, capture } = await given();
  const { ttlAttribute = '' } = ports.settings.tableDesign;
  const { tenantId } = migration;
  const item = {
    tenantId: { S: tenantId },
    entityKey: { S: 'SESSION#1' },
    [ttlAttribute]: { N: '1767225600' },
  };
  await ports.partition(tenantId).write(target, { puts: [item], deletes: [] });
  ports.clock.advance(Math.max(0, 1_767_225_601_000 - ports.clock.now()));
  await capture('source', 'SESSION#1', '101');
  expect(await findBlockingStragglers(ports, await now(), false)).toEqual([]);
});

test('a retry finds the hold over once the clean-up has begun, even if the source table has been dropped', async () => {
  const { ports, now, poll, conclude } = await given();
  await conclude();
  ports.streamReaders.missing.add((await now()).source.table);
  expect(await poll()).toEqual({ over: true, waitSeconds: 0 });
});
