import { applyEntries } from '../apply/apply-entries.ts';
import { checkFilledSide } from '../apply/check-filled-side.ts';
import type { KeyComparison } from '../apply/compare-entries.ts';
import type { Applier } from '../claims/applier.ts';
import { differenceOf, MAX_SAVED_DIFFERENCES } from '../compare/differences.ts';
import { ForeignWrite } from '../errors.ts';
import { itemHash } from '../items/checksum.ts';
import type { CapturedKey, JournalEntry } from '../journal/journal-port.ts';
import { putSentinels } from '../journal/place-sentinels.ts';
import { checkReaders } from '../journal/proof-of-capture.ts';
import type { EntityKey } from '../names.ts';
import type { Side } from '../route/route.ts';
import type { Budget } from './budget.ts';
import type { TouchedComparison } from './compare-touched.ts';
import type { Cutover } from './cutover-context.ts';
import { ParallelCheck } from './parallel-check.ts';
import type { WritesPastLeases } from './past-leases.ts';

/** Journal entries requested per read, in addition to those of this cutover's sentinels. */
const ENTRIES_PER_READ = 1_000;
/** Time between two polls of a journal that lacks sentinels, in ms. Each poll queries every part of both sides. */
const POLL_MS = 20;
/** Maximum time between two polls while only the comparison of touched keys is missing, in ms. */
const COMPARED_POLL_MS = 200;
/** Time between two polls while leases run out, in ms. */
const LEASE_POLL_MS = 20;

/** Inputs of the drain. */
interface DrainOptions {
  /** Keys of this cutover's sentinels. The caller deletes them afterwards, however the drain ends. */
  readonly sentinels: readonly EntityKey[];
  /**
   * The comparison of touched keys, which covers what sentinels cannot prove. The caller stops it, however the drain
   * ends.
   */
  readonly touched: TouchedComparison;
  readonly applier: Applier;
  readonly budget: Budget;
  /** Records the changes that reach the live side under the fence. */
  readonly past: WritesPastLeases;
}

/**
 * Applies until the journal is empty under the fence and known to be complete. Each segment has a sentinel, and each hot
 * key has one right behind it. Once a sentinel has arrived through the capture of both sides, so has everything that
 * was written earlier to its shard. A shard may hold no sentinel, so the keys touched since the last comparison of all
 * keys are compared at the same time.
 * @returns a function that removes the sentinels' journal entries. Call it after the flip, since no writer waits for
 * it.
 * @throws CutoverOverBudget, also if the reader of a stream has been replaced since the proof before the fence.
 * @throws ForeignWrite if the side that is being filled has a change that the migration did not make.
 */
export const drain = async (cutover: Cutover, means: DrainOptions): Promise<() => Promise<void>> => {
  const { ports, migration, transfer } = cutover;
  const tables = [transfer.from.table, transfer.to.table];
  const comparison = means.touched.compare();
  await Promise.all(tables.map((table) => putSentinels(ports, migration, table, means.sentinels)));
  const entries = await applyUntilEmpty(cutover, means, comparison);
  return async () => {
    if (transfer.from.side === 'source')
      await ports.migrations.saveFenceSentinels(
        migration.migrationId,
        capturedSentinels(entries.from, means),
      );
    await ports.journal.remove(migration.migrationId, transfer.from.side, entries.from);
    await ports.journal.remove(migration.migrationId, transfer.to.side, entries.to);
  };
};

/** The journal entries of this cutover's sentinels, once no others are left. */
interface DrainResult {
  readonly from: readonly JournalEntry[];
  readonly to: readonly JournalEntry[];
}

/**
 * Returns this cutover's sentinels as capture journalled them. Changes delivered before them were made before the flip.
 */
const capturedSentinels = (
  entries: readonly JournalEntry[],
  { sentinels }: DrainOptions,
): readonly CapturedKey[] => {
  const placed = new Set(sentinels);
  return entries.filter(({ key }) => placed.has(key)).map(({ key, sequence }) => ({ key, sequence }));
};

/** Journal entries that are applied in one go while leases run out. Few, so that applying ends when the leases do. */
const ENTRIES_AT_ONCE = 100;

/**
 * Applies the writes of routers that still have a lease, so that little is left when the last lease ends.
 * @param until on the monotonic clock, in ms.
 * @param applying is called with the journal entries that were read, before they are applied.
 */
export const applyUntil = async (
  { ports, migration, transfer }: Cutover,
  until: number,
  {
    applier,
    applying: onEntries,
  }: { readonly applier: Applier; readonly applying: (entries: readonly JournalEntry[]) => void },
): Promise<void> => {
  for (;;) {
    const left = until - ports.clock.monotonic();
    // a poll takes about as long, and the tenant's writers would wait for it to end
    if (left <= LEASE_POLL_MS) return ports.clock.sleep(Math.max(left, 0));
    if (applier.isDue()) await applier.renew(migration);
    // This cutover has placed no sentinels yet. Entries of sentinels of earlier tries are removed, since they would
    // fill every read.
    const [changes, others] = await Promise.all([
      ports.journal.entries(migration.migrationId, transfer.from.side, ENTRIES_AT_ONCE),
      ports.journal.entries(migration.migrationId, transfer.to.side, ENTRIES_AT_ONCE),
    ]);
    onEntries(changes);
    await applyEntries(ports, migration, transfer, changes, applier.writer);
    // Applied keys reappear as changes of the filled side. Removing them now leaves less for the drain.
    await checkFilledSide(ports, migration, transfer, others);
    if (changes.length === 0) await ports.clock.sleep(Math.min(left, LEASE_POLL_MS));
  }
};

/**
 * Applies until the journal is empty. It counts as empty only if neither side's read was full, since a full read may be
 * incomplete. Sentinels of earlier tries prove nothing. Their entries are removed like any other, so that they never
 * fill a read for good.
 * @returns the journal entries of this cutover's sentinels.
 */
const applyUntilEmpty = async (
  cutover: Cutover,
  { sentinels, touched, applier, budget, past }: DrainOptions,
  comparison: ParallelCheck,
): Promise<DrainResult> => {
  const { ports, migration, transfer } = cutover;
  const unseen = { from: new Set(sentinels), to: new Set(sentinels) };
  const areAllIn = () => unseen.from.size === 0 && unseen.to.size === 0;
  // starts once the sentinels have arrived, so it checks the readers that delivered them
  let readers: ParallelCheck | undefined;
  const ours = new Set(sentinels);
  const isOurs = ({ key }: JournalEntry) => ours.has(key);
  const limit = ENTRIES_PER_READ + sentinels.length;
  const unexplainedKeys = new UnexplainedKeys();
  const see = async (side: Side, left: Set<EntityKey>, read: readonly JournalEntry[]) => {
    for (const { key } of read) left.delete(key);
    if (read.length < limit || left.size === 0) return;
    // entries that stay open may fill every read and hide the sentinels
    for (const key of await ports.journal.journalledAmong(migration.migrationId, side, [...left]))
      left.delete(key);
  };
  for (;;) {
    budget.check();
    if (applier.isDue()) await applier.renew(migration);
    // evaluated before the read: if it is true, the read sees every change
    const isWhole = areAllIn() && comparison.isDone();
    const [from, to] = await Promise.all([
      ports.journal.entries(migration.migrationId, transfer.from.side, limit),
      ports.journal.entries(migration.migrationId, transfer.to.side, limit),
    ]);
    past.see(from);
    await Promise.all([see(transfer.from.side, unseen.from, from), see(transfer.to.side, unseen.to, to)]);
    if (areAllIn()) {
      budget.ended('sentinels');
      readers ??= new ParallelCheck(() => checkReaders(ports, migration));
    }
    const changes = from.filter((entry) => !isOurs(entry));
    touched.applying(changes);
    await applyEntries(ports, migration, transfer, changes, applier.writer);
    const others = to.filter((entry) => !isOurs(entry));
    const open = await checkFilledSide(ports, migration, transfer, others);
    if (isWhole && changes.length === 0 && from.length < limit) {
      // no change of the live side is left to explain them, however many more entries there are
      const unexplained = unexplainedKeys.still(open);
      if (unexplained.length > 0 && past.keys().length === 0) await refuseForeignWrites(cutover, unexplained);
      if (to.length < limit && open.length === 0) {
        await readers?.ended();
        if (readers?.isDone()) return { from, to };
      }
    }
    if (changes.length > 0) continue;
    if (!areAllIn() || open.length > 0) await ports.clock.sleep(POLL_MS);
    else if (!comparison.isDone())
      await Promise.race([comparison.ended(), ports.clock.sleep(COMPARED_POLL_MS)]);
  }
};

/**
 * Keys of the filled side that no change of the live side explains, over several polls. A process that writes past its
 * lease changes the live side under the fence, and capture takes time to deliver that change. So an open key whose live
 * item differs from poll to poll was written past a lease, and is no foreign write.
 */
class UnexplainedKeys {
  #live = new Map<EntityKey, string>();

  /**
   * @param open the open keys of this poll.
   * @returns the keys that the previous poll found open with the same live item.
   */
  still(open: readonly KeyComparison[]): readonly KeyComparison[] {
    const before = this.#live;
    this.#live = new Map(
      open.map(({ entry: { key }, from }) => [key, from ? Buffer.from(itemHash(from)).toString('hex') : '']),
    );
    return open.filter(({ entry: { key } }) => before.has(key) && before.get(key) === this.#live.get(key));
  }
}

const refuseForeignWrites = async (
  { ports, migration: { migrationId }, transfer }: Cutover,
  open: readonly KeyComparison[],
): Promise<never> => {
  const foreign = open.slice(0, MAX_SAVED_DIFFERENCES).map(({ entry, from, to }) => {
    const [source, target] = transfer.from.side === 'source' ? [from, to] : [to, from];
    return differenceOf(entry.key, { source, target });
  });
  await ports.migrations.saveForeign(migrationId, { differences: foreign });
  throw new ForeignWrite(
    `another process has changed ${open.length} of the tenant's keys on ${transfer.to.table}. They stay as they are, and the tenant lives on ${transfer.from.table}. Either side may be newer: look at the keys in the report`,
    {
      facts: { migrationId, table: transfer.to.table, keys: open.length },
      next: { action: 'report', migrationId },
    },
  );
};
