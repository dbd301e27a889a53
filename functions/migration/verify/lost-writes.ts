import pLimit from 'p-limit';
import { differenceOf } from '../compare/differences.ts';
import { counted } from '../counted.ts';
import { VerificationMismatch } from '../errors.ts';
import { hasPassed, isExpired } from '../items/expiry.ts';
import type { Item } from '../items/items.ts';
import { type KeyLayout, layoutOf } from '../items/key-layout.ts';
import { stateOf } from '../journal/first-changes.ts';
import type { FirstChange } from '../journal/first-changes-port.ts';
import { BATCH_GET_KEYS } from '../limits.ts';
import type { Migration } from '../migration.ts';
import type { EntityKey, EpochMs, TableName } from '../names.ts';
import type { Ports } from '../ports.ts';
import { undoRecord } from '../record/undo-record.ts';
import type { Side } from '../route/route.ts';
import type { Difference } from '../segment.ts';
import { countUnknown, isFull, reportDifferences, withoutMismatches } from './report-differences.ts';

/** Number of batches of keys that are read concurrently. Each holds at most 100 items of 400 KB. */
const CONCURRENT_BATCHES = 4;

/**
 * Checks for each key that was written since the flip that the target's item at the flip was the kept source's, and reports
 * the keys for which it was not. Must run again before the source is deleted, since capture may deliver a change late.
 * @throws VerificationMismatch if this attempt reports a key. An operator who retries has seen it, so the next attempt passes.
 */
export const checkLostWrites = async (ports: Ports, migration: Migration): Promise<void> => {
  const { migrationId, source } = migration;
  const unknown = await reportLostWrites(ports, migration);
  if (unknown === 0) return;
  throw new VerificationMismatch(
    `${counted(unknown, 'key')} had another value on the target at the flip than on the kept source: the target missed writes that were acknowledged before the flip. Only ${source.table} has them. The application has written these keys on the target since, so the target's values may be newer. Nothing was deleted; the tenant lives on the target. Look at the keys in the report, decide which value of each is right, and write it through the application. Then retry. A rollback would keep the target's values of these keys`,
    { facts: { migrationId, table: source.table, keys: unknown }, next: { action: 'report', migrationId } },
  );
};

/**
 * Reports the keys under which the target missed a write before the flip. Only the kept source has those writes, so their
 * keys and hashes must be on record before a rollback overwrites its items.
 * @returns the number of keys that this attempt reports, which no operator has seen yet.
 */
export const reportLostWrites = async (ports: Ports, migration: Migration): Promise<number> => {
  // an abandoned rollback wrote values of the target to the source
  if (migration.rollbackStoppedIn !== undefined) return 0;
  const { migrationId, source, attempt } = migration;
  const missedWrites = await findLostWrites(ports, migration, 'target');
  // stragglers have changed the source since the flip, and are reported as such
  const stragglers = await ports.journal.journalledAmong(migrationId, 'source', missedWrites);
  const found = await differencesOf(
    ports,
    migration,
    missedWrites.filter((key) => !stragglers.has(key)),
  );
  const reported = await reportDifferences(
    ports,
    migration,
    found,
    (keys) =>
      `Missed writes: ${counted(keys, 'key')} had another value on the target at the flip than on ${source.table}. The report lists the keys`,
  );
  return countUnknown(await withoutMismatches(ports, migration, found), reported, attempt);
};

/**
 * Does the same after a rollback's flip: reports the keys under which the source missed a write that the target has. Only the
 * target has those writes, so it must not be discarded yet.
 * @returns the number of keys that this attempt reports, which no operator has seen yet.
 */
export const reportReverseLostWrites = async (
  ports: Ports,
  migration: Migration,
  isRetried: boolean,
): Promise<number> => {
  const { source, target, attempt } = migration;
  const missedWrites = await findLostWrites(ports, migration, 'source');
  const differences = await differencesOf(ports, migration, missedWrites);
  const found = differences.map((one) => ({ ...one, isAfterReverseFlip: true }) as const);
  const reported = await reportDifferences(
    ports,
    migration,
    found,
    (keys) =>
      `Missed writes: ${counted(keys, 'key')} had another value on ${source.table} at the rollback's flip than on ${target.table ?? 'the target'}. The report lists the keys`,
  );
  // keys beyond the record's capacity count as new each time; they must not keep a rollback from ever ending
  if (isRetried && isFull(reported)) return 0;
  return countUnknown(await withoutMismatches(ports, migration, found), reported, attempt);
};

/** Returns the keys under which the live side had another item at the flip than the side that was live before. */
const findLostWrites = async (
  ports: Ports,
  migration: Migration,
  live: Side,
): Promise<readonly EntityKey[]> => {
  const { source } = migration;
  const left = live === 'target' ? source.table : (await undoRecord(ports, migration)).table;
  const limit = pLimit(CONCURRENT_BATCHES);
  const comparisons: Promise<readonly FirstChange[]>[] = [];
  let some: FirstChange[] = [];
  const compareBatch = () => {
    const batch = some;
    some = [];
    if (batch.length > 0) comparisons.push(limit(() => lostAmong(ports, migration, left, batch)));
  };
  for await (const change of ports.journal.firstChanges(migration.migrationId, live)) {
    some.push(change);
    if (some.length === BATCH_GET_KEYS) compareBatch();
  }
  compareBatch();
  return (await Promise.all(comparisons)).flat().map(({ key }) => key);
};

const lostAmong = async (
  ports: Ports,
  { tenantId }: Migration,
  left: TableName,
  changes: readonly FirstChange[],
): Promise<readonly FirstChange[]> => {
  const keys = changes.map(({ key }) => key);
  const items = byKey(await ports.partition(tenantId).get(left, keys), layoutOf(ports.settings));
  const now = ports.clock.now();
  return changes.filter((change) => {
    const kept = items.get(change.key);
    const isKept = change.states.length === 0 || change.states.includes(stateOf(kept));
    return !isKept && !isExpiry(ports, change, kept, now);
  });
};

/** True if one side had no item and the other's has expired: DynamoDB deletes it on each side at its own time. */
const isExpiry = (
  { settings }: Ports,
  { states, expires }: FirstChange,
  kept: Item | undefined,
  at: EpochMs,
): boolean =>
  kept
    ? states.includes('') && isExpired(kept, settings, at)
    : expires !== undefined && hasPassed(expires, at);

const differencesOf = async (
  ports: Ports,
  migration: Migration,
  keys: readonly EntityKey[],
): Promise<readonly Difference[]> => {
  if (keys.length === 0) return [];
  const { tenantId, source } = migration;
  const { table: target } = await undoRecord(ports, migration);
  const layout = layoutOf(ports.settings);
  const found: Difference[] = [];
  for (let n = 0; n < keys.length; n += BATCH_GET_KEYS) {
    const batch = keys.slice(n, n + BATCH_GET_KEYS);
    const partition = ports.partition(tenantId);
    const [kept, live] = await Promise.all([
      partition.get(source.table, batch).then((items) => byKey(items, layout)),
      partition.get(target, batch).then((items) => byKey(items, layout)),
    ]);
    found.push(...batch.map((key) => differenceOf(key, { source: kept.get(key), target: live.get(key) })));
  }
  return found;
};

const byKey = (items: readonly Item[], layout: KeyLayout): ReadonlyMap<EntityKey, Item> =>
  new Map(items.map((item) => [layout.keyOf(item), item]));
