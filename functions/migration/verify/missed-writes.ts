import pLimit from 'p-limit';
import { stateOf } from '../capture/first-changes.ts';
import {
  countUnknown,
  isFull,
  reportDifferences,
  withoutMismatches,
} from '../clean-up/report-differences.ts';
import { VerificationMismatch } from '../errors.ts';
import { hasPassed, isExpired } from '../expiry.ts';
import { type Item, keyOf } from '../items.ts';
import { BATCH_GET_KEYS } from '../limits.ts';
import type { Migration } from '../migration.ts';
import type { EntityKey, EpochMs, TableName } from '../names.ts';
import type { FirstChange, Ports } from '../ports.ts';
import { cleanUpRecord } from '../provision/create-target-table.ts';
import type { Side } from '../routing/route.ts';
import type { Difference } from '../segment.ts';
import { differenceOf } from './differences.ts';

/** Batches of keys that are read side by side: each holds 100 items of 400 KB at most. */
const BATCHES = 4;

/**
 * Compares what the flip left under each key that was written since with the kept source's item, and reports the keys that
 * the target had wrong. Run it again before the source goes: a change may come through capture late.
 * @throws VerificationMismatch if this attempt reports one. An operator who retries has seen it: it does not stop the next.
 */
export const checkMissedWrites = async (ports: Ports, migration: Migration): Promise<void> => {
  const { migrationId, source } = migration;
  const unknown = await reportMissedWrites(ports, migration);
  if (unknown === 0) return;
  throw new VerificationMismatch(
    `${unknown} keys had another value on the target when it went live than the kept source has: the target has missed writes that were acknowledged before the flip. Only ${source.table} has them. The application has written these keys on the target since, on top of what was there before, so its values may be newer. Nothing was deleted; the tenant lives on the target. Look at the keys (tierferry report ${migrationId}) and decide for each which value is right; write it through the application. Then retry. A rollback takes the target's values of these keys`,
  );
};

/**
 * Reports the keys that the target had wrong when it went live. Before a rollback overwrites the kept source's items, which
 * alone have the writes that the target missed, their keys and hashes have to be on record.
 * @returns the number of keys that no operator knows of: those that this attempt reports.
 */
export const reportMissedWrites = async (ports: Ports, migration: Migration): Promise<number> => {
  // a rollback that was given up wrote values of the target to the source
  if (migration.rollbackStoppedIn !== undefined) return 0;
  const { migrationId, source, attempt } = migration;
  const missed = await findMissedWrites(ports, migration, 'target');
  // a straggler has changed the source since the flip, and is reported as such
  const stragglers = await ports.journal.marked(migrationId, 'source', missed);
  const found = await differencesOf(
    ports,
    migration,
    missed.filter((key) => !stragglers.has(key)),
  );
  const reported = await reportDifferences(
    ports,
    migration,
    found,
    (keys) =>
      `Missed writes: ${keys} keys had another value on the target when it went live than ${source.table} has. See the keys: tierferry report ${migrationId}`,
  );
  return countUnknown(await withoutMismatches(ports, migration, found), reported, attempt);
};

/**
 * The same after a rollback has flipped: compares what that flip left under each key that the source was written under since
 * with the item of the target that was left, and reports the keys that the source had wrong. Only the target has those
 * writes, so it must not be discarded yet.
 * @returns the number of keys that no operator knows of: those that this attempt reports.
 */
export const reportMissedWritesBack = async (
  ports: Ports,
  migration: Migration,
  isRetried: boolean,
): Promise<number> => {
  const { migrationId, source, target, attempt } = migration;
  const missed = await findMissedWrites(ports, migration, 'source');
  const differences = await differencesOf(ports, migration, missed);
  const found = differences.map((one) => ({ ...one, isTargetLeft: true }) as const);
  const reported = await reportDifferences(
    ports,
    migration,
    found,
    (keys) =>
      `Missed writes: ${keys} keys had another value on ${source.table} when it went live again than ${target.table ?? 'the target'} has. See the keys: tierferry report ${migrationId}`,
  );
  // keys that found no room in the record cannot be known; they must not keep a rollback from ending for ever
  if (isRetried && isFull(reported)) return 0;
  return countUnknown(await withoutMismatches(ports, migration, found), reported, attempt);
};

/** Keys under which the flip to the live side left another item than the side that was left has. */
const findMissedWrites = async (
  ports: Ports,
  migration: Migration,
  live: Side,
): Promise<readonly EntityKey[]> => {
  const { source } = migration;
  const left = live === 'target' ? source.table : (await cleanUpRecord(ports, migration)).table;
  const limit = pLimit(BATCHES);
  const looks: Promise<readonly FirstChange[]>[] = [];
  let some: FirstChange[] = [];
  const look = () => {
    const batch = some;
    some = [];
    if (batch.length > 0) looks.push(limit(() => missedAmong(ports, migration, left, batch)));
  };
  for await (const change of ports.journal.firstChanges(migration.migrationId, live)) {
    some.push(change);
    if (some.length === BATCH_GET_KEYS) look();
  }
  look();
  return (await Promise.all(looks)).flat().map(({ key }) => key);
};

const missedAmong = async (
  ports: Ports,
  { tenantId }: Migration,
  left: TableName,
  changes: readonly FirstChange[],
): Promise<readonly FirstChange[]> => {
  const keys = changes.map(({ key }) => key);
  const items = byKey(await ports.partition(tenantId).get(left, keys));
  const now = ports.clock.now();
  return changes.filter((change) => {
    const kept = items.get(change.key);
    const isKept = change.states.length === 0 || change.states.includes(stateOf(kept));
    return !isKept && !isExpiry(ports, change, kept, now);
  });
};

/** True if one side had no item, and the other's has expired: DynamoDB deletes it on each side whenever it likes. */
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
  const { table: target } = await cleanUpRecord(ports, migration);
  const found: Difference[] = [];
  for (let n = 0; n < keys.length; n += BATCH_GET_KEYS) {
    const batch = keys.slice(n, n + BATCH_GET_KEYS);
    const partition = ports.partition(tenantId);
    const [kept, live] = await Promise.all([
      partition.get(source.table, batch).then(byKey),
      partition.get(target, batch).then(byKey),
    ]);
    found.push(...batch.map((key) => differenceOf(key, { source: kept.get(key), target: live.get(key) })));
  }
  return found;
};

const byKey = (items: readonly Item[]): ReadonlyMap<EntityKey, Item> =>
  new Map(items.map((item) => [keyOf(item), item]));
