import { isSameItem } from '../apply/decide.ts';
import { lateCallsExpired, lateSentinelsOut } from '../claims/late-calls.ts';
import { runUnderApplierClaim } from '../claims/run-under-applier-claim.ts';
import { throttledSeconds } from '../claims/run-under-segment-claim.ts';
import type { Slice } from '../clock-port.ts';
import { differenceOf } from '../compare/differences.ts';
import { NotSafe, TableNotFound, Throttled } from '../errors.ts';
import { isExpiryOnOneSide } from '../items/expiry.ts';
import type { Item } from '../items/items.ts';
import { layoutOf } from '../items/key-layout.ts';
import { isSentinelItem, lastSentinelKey } from '../items/sentinel.ts';
import { deleteLeftSentinels } from '../journal/delete-left-sentinels.ts';
import { placeSentinels } from '../journal/place-sentinels.ts';
import { BATCH_GET_KEYS } from '../limits.ts';
import type { Migration } from '../migration.ts';
import type { EntityKey, EpochMs, MigrationId, TableName } from '../names.ts';
import { PacedReads } from '../partition/paced-reads.ts';
import type { Ports } from '../ports.ts';
import { currentRoute } from '../route/current-route.ts';
import type { Difference } from '../segment.ts';

const POLL_SECONDS = 1;
/** Time between two saves of the number of deleted items, in ms. */
const PROGRESS_MS = 1_000;
/** Maximum number of foreign writes in the record. If there are more, items that are not proved foreign stay too. */
const MAX_FOREIGN_WRITES = 1_000;

/**
 * Deletes this migration's sentinels from the source, and the migration's items from the target.
 *
 * On the target it deletes only in the tenant's partition, only if this migration claimed that partition (I4), and only items
 * that the source has too or has changed since. Any other item was written by another process: it stays, and is recorded. The
 * step holds the claim on applying, so that a leftover worker cannot delete items of a later migration.
 * @throws NotSafe if the target is the live table
 * @throws ApplierClaimed, Conflict
 */
export const discardTarget = async (
  ports: Ports,
  migration: Migration,
  slice: Slice,
): Promise<{ done: boolean; waitSeconds: number }> => {
  const record = await ports.migrations.undoRecord(migration.migrationId);
  // without a record there is nothing to undo: capture is armed, and sentinels are put, only after it was written
  if (!record) return { done: true, waitSeconds: 0 };
  try {
    await deleteLeftSentinels(ports, migration, migration.source.table);
    if (!record.partitionClaimed) return await sweepLateSentinels(ports, migration, []);
    const route = await currentRoute(ports, migration);
    if (route.table === record.table)
      throw new NotSafe(
        `cannot discard ${record.table}: it is the tenant's live table. Nothing was deleted. Find out why the route points to it, then retry`,
        { facts: { migrationId: migration.migrationId, table: record.table }, next: { action: 'doctor' } },
      );
    const discarded = await discard(ports, migration, record.table, slice);
    if (!discarded.done) return discarded;
    // a late delete would hit items that the tenant's next migration copies to the same table
    const { out, waitSeconds } = await lateCallsExpired(ports, migration.migrationId, []);
    return out ? await sweepLateSentinels(ports, migration, [record.table]) : { done: false, waitSeconds };
  } catch (error) {
    if (error instanceof Throttled) return { done: false, waitSeconds: throttledSeconds(ports) };
    if (!(error instanceof TableNotFound)) throw error;
    const { migrationId, tenantId, source } = migration;
    // the copies may be the only items of the tenant that are left
    if (error.table === source.table)
      ports.log.warn(
        { migrationId, tenantId, table: record.table },
        'the source table does not exist any more; its copies on the target are kept',
      );
    return { done: true, waitSeconds: 0 };
  }
};

/** Deletes sentinels whose puts were given up, once none can appear any more. @param others tables beside the source */
const sweepLateSentinels = async (
  ports: Ports,
  migration: Migration,
  others: readonly TableName[],
): Promise<{ done: boolean; waitSeconds: number }> => {
  const { out: done, waitSeconds, mayBeLeft } = await lateSentinelsOut(ports, migration.migrationId);
  if (done && mayBeLeft)
    for (const table of [migration.source.table, ...others])
      await deleteLeftSentinels(ports, migration, table);
  return { done, waitSeconds };
};

const discard = (
  ports: Ports,
  migration: Migration,
  target: TableName,
  slice: Slice,
): Promise<{ done: boolean; waitSeconds: number }> =>
  runUnderApplierClaim(
    ports,
    migration,
    target,
    async ({ writer, isDue, renew }) => {
      const { migrationId, tenantId } = migration;
      const suspects = await readSuspects(ports, migration);
      const proved: Difference[] = [];
      const unproved: Difference[] = [];
      const deleted = new DeletedCount(ports, migrationId);
      const reads = new PacedReads(ports, migration, slice);
      let after: EntityKey | undefined;
      do {
        const range = after === undefined ? {} : { after };
        const options = { limit: BATCH_GET_KEYS, consistent: true };
        const page = await reads.page(target, () => ports.partition(tenantId).read(target, range, options));
        for (const { key, foreign } of await classifyItems(ports, migration, page.items)) {
          if (foreign) (suspects.isProved(foreign) ? proved : unproved).push(foreign);
          else {
            await writer.delete(key);
            deleted.add();
          }
        }
        await deleted.saveIfDue();
        after = page.last;
        if (isDue()) await renew(migration);
        if (ports.clock.monotonic() >= slice.deadline) {
          await writer.flush();
          await deleted.save();
          return { done: false, waitSeconds: 0 };
        }
      } while (after !== undefined);
      await writer.flush();
      await deleted.save();
      const since = suspects.since(unproved) ?? ports.clock.now();
      const isLate = ports.clock.now() - since > ports.settings.captureMs;
      if (unproved.length > 0 && proved.length < MAX_FOREIGN_WRITES && !isLate) {
        if (!suspects.isProofPending(unproved))
          await requestProof(ports, migration, [...proved, ...unproved], since);
        return { done: false, waitSeconds: POLL_SECONDS };
      }
      const foreign = [...proved, ...unproved];
      if (foreign.length > 0) {
        await ports.migrations.saveForeign(migrationId, {
          differences: foreign.slice(0, MAX_FOREIGN_WRITES),
        });
        ports.log.warn(
          { migrationId, tenantId, table: target, items: foreign.length },
          'items that other processes wrote stay in the target; the report lists their keys',
        );
      }
      return { done: true, waitSeconds: 0 };
    },
    { what: 'discard', slice },
  );

/** Counts deleted items, and saves their number from time to time, so that operators see the progress of a long discard. */
class DeletedCount {
  readonly #ports: Pick<Ports, 'migrations' | 'clock' | 'log'>;
  readonly #migrationId: MigrationId;
  #unsaved = 0;
  #savedAt: number;

  constructor(ports: Pick<Ports, 'migrations' | 'clock' | 'log'>, migrationId: MigrationId) {
    this.#ports = ports;
    this.#migrationId = migrationId;
    this.#savedAt = ports.clock.monotonic();
  }

  /** Counts an item whose deletion has been handed to the writer. */
  add(): void {
    this.#unsaved += 1;
  }

  async saveIfDue(): Promise<void> {
    if (this.#ports.clock.monotonic() - this.#savedAt >= PROGRESS_MS) await this.save();
  }

  /** Saves the number. It is shown only, so a failure here is logged. */
  async save(): Promise<void> {
    const items = this.#unsaved;
    if (items === 0) return;
    this.#unsaved = 0;
    this.#savedAt = this.#ports.clock.monotonic();
    try {
      await this.#ports.migrations.addDiscardedItems(this.#migrationId, items);
    } catch (error) {
      const name = error instanceof Error ? error.name : 'unknown';
      this.#ports.log.warn({ migrationId: this.#migrationId, error: name }, 'discarded items not recorded');
    }
  }
}

/** Splits items of the target into the migration's own and foreign ones. Own: equal on the source, or changed there since. */
const classifyItems = async (
  ports: Ports,
  migration: Migration,
  items: readonly Item[],
): Promise<{ readonly key: EntityKey; readonly foreign?: Difference }[]> => {
  const layout = layoutOf(ports.settings);
  const keys = items.map((item) => layout.keyOf(item));
  const there = await ports.partition(migration.tenantId).get(migration.source.table, keys);
  // read after the source, so that each change made before that read is in the journal's answer
  const [changed, touched] = await Promise.all([
    ports.journal.journalledAmong(migration.migrationId, 'source', keys),
    // a touched key may have an older value here: a write of the apply may take effect late
    ports.journal.touchedAmong(migration.migrationId, 'source', keys),
  ]);
  const byKey = new Map(there.map((item) => [layout.keyOf(item), item]));
  return items.map((item) => {
    const key = layout.keyOf(item);
    const origin = byKey.get(key);
    const isOurs =
      isSentinelItem(item, layout) || isSameItem(origin, item) || changed.has(key) || touched.has(key);
    // an item that has expired on the source alone is a copy too
    if (isOurs || isExpiryOnOneSide(origin, item, ports.settings, ports.clock.now())) return { key };
    return { key, foreign: differenceOf(key, { source: origin, target: item }) };
  });
};

/**
 * Saves the differing items and puts a sentinel that proves them foreign once it has come through capture. An item is a
 * foreign write only if no change of the source explains it, including changes that were still in the stream when the item
 * was read. So it is read again after a sentinel that was put after the first read.
 *
 * If capture has stopped, no origin can be proved: the item stays once `captureMs` have passed since it was first found (I5).
 * The caller does not replace a sentinel that is still in the stream; otherwise none would arrive from a capture that takes
 * longer than one poll.
 */
const requestProof = async (
  ports: Ports,
  migration: Migration,
  found: readonly Difference[],
  since: EpochMs,
): Promise<void> => {
  const layout = layoutOf(ports.settings);
  const proof = lastSentinelKey(ports.newId(), layout);
  await ports.migrations.saveForeign(migration.migrationId, {
    differences: found.slice(0, MAX_FOREIGN_WRITES),
    proof,
    since,
  });
  await placeSentinels(ports, migration, migration.source.table, layout.everywhere(proof));
};

/** Reads the differences that an earlier pass found, and whether its sentinel has come through capture. */
const readSuspects = async (ports: Ports, migration: Migration) => {
  const { differences, proof, since } = await ports.migrations.foreign(migration.migrationId);
  // an item may lie in any of the tenant's partitions, whose changes arrive independently
  const proofs = proof === undefined ? [] : layoutOf(ports.settings).everywhere(proof);
  const hasReturned =
    proof !== undefined &&
    (await ports.journal.journalledAmong(migration.migrationId, 'source', proofs)).size === proofs.length;
  const suspects = new Map(proof === undefined ? [] : differences.map((one) => [one.key, one]));
  const isAsBefore = ({ key, source, target }: Difference): boolean => {
    const before = suspects.get(key);
    return before !== undefined && before.source === source && before.target === target;
  };
  return {
    isProved: (one: Difference): boolean => hasReturned && isAsBefore(one),
    /** True if the sentinel that is to prove all of these is still in the stream. */
    isProofPending: (found: readonly Difference[]): boolean => !hasReturned && found.every(isAsBefore),
    /** Returns when the first of these was found. */
    since: (found: readonly Difference[]): EpochMs | undefined =>
      found.some(({ key }) => suspects.has(key)) ? since : undefined,
  };
};
