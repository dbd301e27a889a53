import { expect, test } from 'vitest';
import { VerificationMismatch } from '../../../functions/migration/errors.ts';
import type { Item } from '../../../functions/migration/items/items.ts';
import { stateOf } from '../../../functions/migration/journal/first-changes.ts';
import type { FirstChange } from '../../../functions/migration/journal/first-changes-port.ts';
import { entityKey } from '../../../functions/migration/names.ts';
import { checkLostWrites } from '../../../functions/migration/verify/lost-writes.ts';
import { heldMigration } from '../../support/held-migration.ts';

const KEY = 'STUDENT#1';
const PASSED = 1_000;

/** A migration in its hold, with the item that the flip left under one key of the target. */
const given = async (left: Partial<FirstChange>, source: Partial<Item> | 'none' = {}) => {
  const held = await heldMigration();
  const { ports, migration } = held;
  const at = { tenantId: { S: migration.tenantId }, entityKey: { S: KEY } };
  const kept: Item | undefined =
    source === 'none' ? undefined : ({ ...at, value: { S: 'as flipped' }, ...source } as Item);
  await ports.partition(migration.tenantId).write(held.source, {
    puts: kept ? [kept] : [],
    deletes: kept ? [] : [entityKey(KEY)],
  });
  const change = { key: entityKey(KEY), states: [], ...left };
  await ports.journal.saveFirstChanges(migration.migrationId, 'target', [change]);
  const reported = async () => (await ports.migrations.foreign(migration.migrationId)).differences;
  return {
    ...held,
    kept: stateOf(kept),
    reported,
    check: async () => checkLostWrites(ports, await held.now()),
  };
};
test('the item that the flip left under a key must be the kept source’s; the keys are reported once', async () => {
  const { ports, migration, check, reported, now } = await given({ states: ['an older value'] });
  await expect(check()).rejects.toThrow(VerificationMismatch);
  await expect(check()).rejects.toThrow(/1 key had another value .* may be newer/);
  expect(await reported()).toMatchObject([{ key: KEY, kind: 'different', attempt: migration.attempt }]);
  expect(await ports.migrations.events(migration.migrationId)).toHaveLength(2);
  // an operator who retries accepts them
  await ports.migrations.update(await now(), { attempt: migration.attempt + 1 });
  await check();
});

test.each<[string, (kept: string) => string[]]>([
  ['the kept source’s item', (kept) => [kept]],
  ['our own apply, delivered after the flip', (kept) => ['an older value', kept, 'the application’s']],
])('%s is not a missed write', async (_, statesWith) => {
  const { kept, ports, migration, check, reported } = await given({});
  await ports.journal.clear(migration.migrationId);
  const change = { key: entityKey(KEY), states: statesWith(kept) };
  await ports.journal.saveFirstChanges(migration.migrationId, 'target', [change]);
  await check();
  expect(await reported()).toEqual([]);
});

test.each<[string, Partial<FirstChange>, Partial<Item> | 'none']>([
  ['a missed deletion', { states: ['an item'] }, 'none'],
  ['a missed item', { states: [''] }, {}],
  ['an item that expires in the future', { states: [''] }, { expiresAt: { N: String(2 ** 33) } }],
])('%s is a missed write', async (_, left, source) => {
  await expect((await given(left, source)).check()).rejects.toThrow(VerificationMismatch);
});

test('an expired item may be missing on either side', async () => {
  const clockSeconds = (await given({})).ports.clock.now() / 1_000;
  const passed = clockSeconds - PASSED;
  await (await given({ states: [''] }, { expiresAt: { N: String(passed) } })).check();
  await (await given({ states: ['an item'], expires: passed }, 'none')).check();
  const notYet = await given({ states: ['an item'], expires: clockSeconds + PASSED }, 'none');
  await expect(notYet.check()).rejects.toThrow(VerificationMismatch);
  // values are compared whether or not an item has expired
  const other = await given({ states: ['other'], expires: passed }, { expiresAt: { N: String(passed) } });
  await expect(other.check()).rejects.toThrow(VerificationMismatch);
});

test('an unreadable record proves nothing', async () => {
  await (await given({ states: [] })).check();
});

test('a straggler is reported as such, and not as a missed write', async () => {
  const { capture, check, reported } = await given({ states: ['as it was flipped'] });
  await capture('source', KEY, '1');
  await check();
  expect(await reported()).toEqual([]);
});

test('after a rollback that was given up the source no longer shows what was flipped', async () => {
  const { ports, migration, now } = await given({ states: ['an older value'] });
  await ports.migrations.update(migration, { rollbackStoppedIn: 1 });
  await checkLostWrites(ports, await now());
});
