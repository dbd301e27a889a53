import { expect, test } from 'vitest';
import { Throttled } from '../../../functions/migration/errors.ts';
import type { Item } from '../../../functions/migration/items/items.ts';
import { lastSentinelKey } from '../../../functions/migration/items/sentinel.ts';
import { captureChanges } from '../../../functions/migration/journal/capture-changes.ts';
import type { CapturedChange } from '../../../functions/migration/journal/captured-change.ts';
import { stateOf } from '../../../functions/migration/journal/first-changes.ts';
import type { Migration } from '../../../functions/migration/migration.ts';
import { entityKey, epochMs, type MigrationId, type TableName } from '../../../functions/migration/names.ts';
import { arm, fence, flip, type Route, type Side } from '../../../functions/migration/route/route.ts';
import { parseSettings } from '../../../functions/migration/settings/settings.ts';
import { heldMigration } from '../../support/held-migration.ts';

const KEY = 'STUDENT#1';
const FENCED = Date.UTC(2026, 0, 1, 0, 0, 10);
const FLIPPED = FENCED + 1_500;

const item = (value: string | undefined): Item | undefined =>
  value === undefined ? undefined : { value: { S: value } };
const states = (...values: (string | undefined)[]) => values.map((value) => stateOf(item(value)));

type RouteChange = (
  both: Route,
  by: { readonly migrationId: MigrationId; readonly source: TableName; readonly target: TableName },
) => Route;

/** The route once a rollback has flipped. */
const reverseFlipped: RouteChange = (both, { migrationId, source, target }) => {
  const fenced = fence(both, { migrationId, source: target, deadline: epochMs(Number.MAX_SAFE_INTEGER) });
  return flip(fenced, { migrationId, target: source, leaseMs: 1, now: epochMs(0) });
};
const FLIPPED_REVERSE: Partial<Migration> = {
  status: 'rollingBack',
  flippedAt: epochMs(FENCED - 60_000),
  reverseFlippedAt: epochMs(FLIPPED),
};

/** A tenant after the flip, whose changes on both sides are captured. */
const flipped = async (
  given: Partial<Migration> = {},
  { settings = {}, route = (both) => both }: { settings?: object; route?: RouteChange } = {},
) => {
  const held = await heldMigration(settings, {
    fencedAt: epochMs(FENCED),
    flippedAt: epochMs(FLIPPED),
    ...given,
  });
  const { ports, migration, source, target } = held;
  const { migrationId, tenantId } = migration;
  const open = await ports.routes.get(tenantId);
  if (!open) throw new Error('no route');
  const armed = arm(open, { migrationId, side: 'source', table: source });
  const both = arm(armed, { migrationId, side: 'target', table: target });
  ports.routes.records.set(tenantId, route(both, { migrationId, source, target }));
  let sequence = 0;
  /** `ms` after the fence. */
  const change = (ms: number, before?: string, after?: string, key = KEY): CapturedChange => {
    sequence += 1;
    const [was, is] = [item(before), item(after)];
    return {
      tenantId,
      key: entityKey(key),
      sequence: String(sequence),
      kind: 'changed',
      expired: false,
      createdAt: epochMs(Math.floor((FENCED + ms) / 1_000) * 1_000),
      images: () => ({ ...(was ? { before: was } : {}), ...(is ? { after: is } : {}) }),
    };
  };
  return {
    ...held,
    change,
    capture: (table: typeof target, ...changes: CapturedChange[]) => captureChanges(ports, table, changes),
    async first(side: Side = 'target') {
      const found = [];
      for await (const one of ports.journal.firstChanges(migrationId, side)) found.push(one);
      return found;
    },
  };
};

test('the first change of a key on the live target is kept, with the item that the flip had left', async () => {
  const { target, change, capture, first } = await flipped();
  await capture(target, change(3_000, 'a', 'b'), change(3_000, 'b', 'c'), change(3_000, undefined, 'x', 'l'));
  await capture(target, change(4_000, 'c', undefined), change(4_000, 'x', 'y', 'l'));
  expect(await first()).toEqual([
    { key: KEY, states: states('a') },
    { key: 'l', states: states(undefined) },
  ]);
});

test('a change around the flip may be our own: its result is kept too, and later ones of that second are added', async () => {
  const { target, change, capture, first } = await flipped();
  await capture(target, change(500, 'a', 'b'), change(1_500, 'b', 'c'));
  await capture(target, change(1_500, 'c', undefined));
  await capture(target, change(3_000, undefined, 'd'));
  expect(await first()).toEqual([{ key: KEY, states: states('a', 'b', 'c', undefined), isAroundFlip: true }]);
});

test('our own applies from before the fence, delivered after the flip, are not first changes', async () => {
  const { target, change, capture, first } = await flipped();
  await capture(target, change(-5_000, 'a', 'b'));
  await capture(target, change(3_000, 'b', 'c'));
  expect(await first()).toEqual([{ key: KEY, states: states('b') }]);
});

test('an unreadable record is kept as such, so that the next one does not count as the first', async () => {
  const { target, change, capture, first } = await flipped();
  await capture(target, { ...change(3_000), images: () => undefined }, change(3_000, 'b', 'c'));
  expect(await first()).toEqual([{ key: KEY, states: [] }]);
});

test('no first change is kept of sentinels, of the source, of a stream without images, or once it has no use', async () => {
  const settings = { tableDesign: { ...parseSettings({}).tableDesign, streamView: 'KEYS_ONLY' } };
  const world = await flipped({}, { settings });
  const { source, target, change, capture, first } = world;
  const { images: _, ...withoutImages } = change(3_000, 'a', 'b');
  await capture(target, change(3_000, undefined, 'a', lastSentinelKey('1')), withoutImages);
  await capture(source, change(3_000, 'a', 'b'));
  expect(await first()).toEqual([]);
  for (const given of [{ keptComparedAt: epochMs(FLIPPED) }, { rollbackStoppedIn: 1 }]) {
    const other = await flipped(given);
    await other.capture(target, other.change(3_000, 'a', 'b'));
    expect(await other.first()).toEqual([]);
  }
  const rollingBack = await flipped({ status: 'rollingBack' });
  await rollingBack.capture(target, rollingBack.change(3_000, 'a', 'b'));
  expect(await rollingBack.first()).toEqual([]);
});

test('after a flip back, the first change of a key on the live source is kept in the same way, next to those of the hold', async () => {
  const world = await flipped(FLIPPED_REVERSE, { route: reverseFlipped });
  const { ports, migration, source, target, change, capture, first } = world;
  const hold = { key: entityKey(KEY), states: states('hold') };
  await ports.journal.saveFirstChanges(migration.migrationId, 'target', [hold]);
  await capture(source, change(-5_000, 'echo', 'of ours'), change(500, 'a', 'b'), change(3_000, 'b', 'c'));
  await capture(source, change(4_000, undefined, 'x', 'l'));
  await capture(target, change(3_000, 'a', 'b', 'm'));
  expect(await first('source')).toEqual([
    { key: KEY, states: states('a', 'b'), isAroundFlip: true },
    { key: 'l', states: states(undefined) },
  ]);
  expect(await first('target')).toEqual([hold]);
});

test('a change whose stream lacks the images of the design is kept as unreadable', async () => {
  const { source, change, capture, first } = await flipped(FLIPPED_REVERSE, { route: reverseFlipped });
  const { images: _, ...withoutImages } = change(3_000, 'a', 'b');
  await capture(source, withoutImages);
  expect(await first('source')).toEqual([{ key: KEY, states: [] }]);
});

test('once the target that was left has been compared, no first change of the source is kept', async () => {
  const given = { ...FLIPPED_REVERSE, targetComparedAt: epochMs(FLIPPED) };
  const { source, change, capture, first } = await flipped(given, { route: reverseFlipped });
  await capture(source, change(3_000, 'a', 'b'));
  expect(await first('source')).toEqual([]);
});

test('before a flip, capture reads no record of the migration', async () => {
  const world = await flipped(
    { status: 'catchingUp' },
    { route: (both, { source }) => ({ ...both, table: source }) },
  );
  const { ports, source, target, change, capture } = world;
  ports.migrations.get = () => Promise.reject(new Error('the record was read'));
  await capture(source, change(3_000, 'a', 'b'));
  await capture(target, change(3_000, 'a', 'b'));
});

test('the entry is written after the first change: if that could not be saved, the key is not journalled', async () => {
  const { ports, migration, target, change, capture } = await flipped();
  ports.journal.saveFirstChanges = () => Promise.reject(new Throttled('planted'));
  await expect(capture(target, change(3_000, 'a', 'b'))).rejects.toThrow(Throttled);
  expect(await ports.journal.entries(migration.migrationId, 'target', 10)).toEqual([]);
});
