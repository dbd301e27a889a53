import { isSameItem } from '../apply/decide.ts';
import { underApplierClaim } from '../apply/under-applier-claim.ts';
import { placeSentinels } from '../capture/place-sentinels.ts';
import { isSentinelItem, lastSentinelKey } from '../capture/sentinel.ts';
import { sweepSentinels } from '../capture/sweep-sentinels.ts';
import { throttledSeconds } from '../copy/under-claim.ts';
import { NotSafe, TableNotFound, Throttled } from '../errors.ts';
import { isExpiryOnOneSide } from '../expiry.ts';
import { type Item, keyOf } from '../items.ts';
import { lateCallsOut } from '../late-calls.ts';
import { BATCH_GET_KEYS } from '../limits.ts';
import type { Migration } from '../migration.ts';
import type { EntityKey, EpochMs, TableName } from '../names.ts';
import { PacedReads } from '../paced-reads.ts';
import type { Ports, Slice } from '../ports.ts';
import { currentRoute } from '../routing/current-route.ts';
import type { Difference } from '../segment.ts';
import { differenceOf } from '../verify/differences.ts';

const LOOK_SECONDS = 1;
/** Items of others that are noted; where there are more, all that can't be told from them stay. */
const KEPT = 1_000;

/**
 * Deletes this migration's sentinels from the source, and what it put into the target: only the tenant's partition, only where it was claimed (I4), and only
 * what the source has too, or has changed since. Anything else was written by somebody else: it stays, and is noted. It
 * writes under the claim of who applies, so that a worker that was left over deletes nothing of the next run's.
 * @throws NotSafe where the target is the live table. @throws ApplierClaimed, Conflict
 */
export const discardTarget = async (
  ports: Ports,
  migration: Migration,
  slice: Slice,
): Promise<{ done: boolean; waitSeconds: number }> => {
  const record = await ports.migrations.cleanUp(migration.migrationId);
  // capture is armed, and sentinels are placed, only once there is a record
  if (!record) return { done: true, waitSeconds: 0 };
  try {
    await sweepSentinels(ports, migration, migration.source.table);
    if (!record.partitionClaimed) return { done: true, waitSeconds: 0 };
    const route = await currentRoute(ports, migration);
    if (route.table === record.table)
      throw new NotSafe(`${record.table} is the tenant's live table; it is kept`);
    const discarded = await discard(ports, migration, record.table, slice);
    if (!discarded.done) return discarded;
    // a delete that comes late would hit what the tenant's next migration copies to the same table
    const { out: done, waitSeconds } = await lateCallsOut(ports, migration.migrationId, []);
    return { done, waitSeconds: done ? 0 : waitSeconds };
  } catch (error) {
    if (error instanceof Throttled) return { done: false, waitSeconds: throttledSeconds(ports) };
    if (!(error instanceof TableNotFound)) throw error;
    const { migrationId, tenantId, source } = migration;
    // the copies may be all that is left of the tenant
    if (error.table === source.table)
      ports.log.warn({ migrationId, tenantId, table: record.table }, 'the source is gone: its copies stay');
    return { done: true, waitSeconds: 0 };
  }
};

const discard = (
  ports: Ports,
  migration: Migration,
  target: TableName,
  slice: Slice,
): Promise<{ done: boolean; waitSeconds: number }> =>
  underApplierClaim(
    ports,
    migration,
    target,
    async ({ writer, isDue, renew }) => {
      const { migrationId, tenantId } = migration;
      const suspects = await suspectsOf(ports, migration);
      const proved: Difference[] = [];
      const unproved: Difference[] = [];
      const reads = new PacedReads(ports, migration, slice);
      let after: EntityKey | undefined;
      do {
        const range = after === undefined ? {} : { after };
        const options = { limit: BATCH_GET_KEYS, consistent: true };
        const page = await reads.page(target, () => ports.partition(tenantId).read(target, range, options));
        for (const { key, foreign } of await look(ports, migration, page.items)) {
          if (!foreign) await writer.delete(key);
          else (suspects.isProved(foreign) ? proved : unproved).push(foreign);
        }
        await writer.flush();
        after = page.last;
        if (isDue()) await renew(migration);
        if (ports.clock.monotonic() >= slice.deadline) return { done: false, waitSeconds: 0 };
      } while (after !== undefined);
      const since = suspects.since(unproved) ?? ports.clock.now();
      const isLate = ports.clock.now() - since > ports.settings.captureMs;
      if (unproved.length > 0 && proved.length < KEPT && !isLate) {
        if (!suspects.areAsked(unproved)) await ask(ports, migration, [...proved, ...unproved], since);
        return { done: false, waitSeconds: LOOK_SECONDS };
      }
      const foreign = [...proved, ...unproved];
      if (foreign.length > 0) {
        await ports.migrations.saveForeign(migrationId, { differences: foreign.slice(0, KEPT) });
        ports.log.warn(
          { migrationId, tenantId, table: target, items: foreign.length },
          'items of others stay in the target',
        );
      }
      return { done: true, waitSeconds: 0 };
    },
    { what: 'discard', slice },
  );

/** Keys of items that the source has as they are, or that it has changed since they were put here; and the others. */
const look = async (
  ports: Ports,
  migration: Migration,
  items: readonly Item[],
): Promise<{ readonly key: EntityKey; readonly foreign?: Difference }[]> => {
  const keys = items.map(keyOf);
  const there = await ports.partition(migration.tenantId).get(migration.source.table, keys);
  // after the source: what was journalled before it was read is seen
  const changed = await ports.journal.marked(migration.migrationId, 'source', keys);
  // what was applied may come late, in place of a later value
  const touched = await ports.journal.touchedAmong(migration.migrationId, 'source', keys);
  const byKey = new Map(there.map((item) => [keyOf(item), item]));
  return items.map((item) => {
    const key = keyOf(item);
    const origin = byKey.get(key);
    const isOurs = isSentinelItem(item) || isSameItem(origin, item) || changed.has(key) || touched.has(key);
    // what has expired on the source alone is a copy like the others
    if (isOurs || isExpiryOnOneSide(origin, item, ports.settings, ports.clock.now())) return { key };
    return { key, foreign: differenceOf(key, { source: origin, target: item }) };
  });
};

/**
 * An item that differs from the source is somebody else's only if no change of the source explains it, also none that was
 * still on its way when it was looked at: so it is looked at again behind a sentinel that was put after the first look.
 * If capture has stopped, no process can tell whose an item is: the item stays once `captureMs` have passed since it was
 * first found, which is when the first proof was asked for (I5). A proof that is on its way is not replaced, or a capture
 * that takes longer than a poll would bring none.
 */
const ask = async (
  ports: Ports,
  migration: Migration,
  found: readonly Difference[],
  since: EpochMs,
): Promise<void> => {
  const proof = lastSentinelKey(ports.newId());
  await ports.migrations.saveForeign(migration.migrationId, {
    differences: found.slice(0, KEPT),
    proof,
    since,
  });
  await placeSentinels(ports, migration.tenantId, migration.source.table, [proof]);
};

/** What an earlier pass found, and whether its proof has come back. */
const suspectsOf = async (ports: Ports, migration: Migration) => {
  const { differences, proof, since } = await ports.migrations.foreign(migration.migrationId);
  const isBack =
    proof !== undefined && (await ports.journal.marked(migration.migrationId, 'source', [proof])).has(proof);
  const suspects = new Map(proof === undefined ? [] : differences.map((one) => [one.key, one]));
  const isAsBefore = ({ key, source, target }: Difference): boolean => {
    const before = suspects.get(key);
    return before !== undefined && before.source === source && before.target === target;
  };
  return {
    isProved: (one: Difference): boolean => isBack && isAsBefore(one),
    /** True if the proof of all of these is still on its way. */
    areAsked: (found: readonly Difference[]): boolean => !isBack && found.every(isAsBefore),
    /** When the first of these was found. */
    since: (found: readonly Difference[]): EpochMs | undefined =>
      found.some(({ key }) => suspects.has(key)) ? since : undefined,
  };
};
