import { putSentinels } from '../capture/place-sentinels.ts';
import { refuseOtherReaders } from '../capture/proof.ts';
import { ForeignWrite } from '../errors.ts';
import { itemHash } from '../fingerprint.ts';
import type { Migration } from '../migration.ts';
import type { EntityKey } from '../names.ts';
import type { CapturedKey, Mark, Ports } from '../ports.ts';
import type { Budget } from '../routing/budget.ts';
import type { PastLeases } from '../routing/past-leases.ts';
import type { Side } from '../routing/route.ts';
import { differenceOf, KEPT_DIFFERENCES } from '../verify/differences.ts';
import type { Applier } from './applier.ts';
import { applyMarks } from './apply-marks.ts';
import type { Looked } from './compare-keys.ts';
import type { TouchedComparison } from './compare-touched.ts';
import { ParallelCheck } from './parallel-check.ts';
import { settleOtherSide } from './settle-other-side.ts';
import type { Way } from './way.ts';

/** Journal entries that one read asks for, beyond those of this try's sentinels. */
const ROUND = 1_000;
/** Between two looks at a journal that waits for sentinels, in ms: a look is a query of every part of both sides. */
const LOOK_MS = 20;
/** Longest time between two looks if only the comparison of touched keys is missing, in ms: its end is waited for. */
const COMPARED_LOOK_MS = 200;
/** The same while leases run out, in ms. */
const WAIT_MS = 20;

/** What the cutover drains by. */
interface Means {
  /** Keys of this try's sentinels. Who drains deletes them afterwards, however it ends. */
  readonly sentinels: readonly EntityKey[];
  /** The comparison of touched keys, which proves what the sentinels can't. Who drains stops it, however it ends. */
  readonly touched: TouchedComparison;
  readonly applier: Applier;
  readonly budget: Budget;
  /** Sees what comes to the live side under the fence. */
  readonly past: PastLeases;
}

/**
 * Applies until the journal is empty under the fence, and knows that it is whole: a sentinel in every segment, and behind
 * each hot key, has come through the capture of both sides, behind everything that was written before to the same shard. A
 * shard may hold no sentinel: so the keys that were touched since the last comparison of all keys are compared meanwhile.
 * @returns what removes the sentinels' own marks, for after the flip: nobody has to wait for that.
 * @throws CutoverOverBudget, also if another reader of a stream has taken over since the proof before the fence
 * @throws ForeignWrite where the side that is being filled has a change that is not ours.
 */
export const drain = async (
  ports: Ports,
  migration: Migration,
  way: Way,
  means: Means,
): Promise<() => Promise<void>> => {
  const tables = [way.from.table, way.to.table];
  const comparison = means.touched.compare();
  await Promise.all(tables.map((table) => putSentinels(ports, migration.tenantId, table, means.sentinels)));
  const marks = await applyUntilEmpty(ports, migration, way, means, comparison);
  return async () => {
    if (way.from.side === 'source')
      await ports.migrations.saveFenceSentinels(migration.migrationId, capturedSentinels(marks.from, means));
    await ports.journal.remove(migration.migrationId, way.from.side, marks.from);
    await ports.journal.remove(migration.migrationId, way.to.side, marks.to);
  };
};

/** The journal entries of this try's sentinels, when nothing else is left. */
interface Drained {
  readonly from: readonly Mark[];
  readonly to: readonly Mark[];
}

/** The sentinels of this try, as they came through capture: what was delivered before them was made before the flip. */
const capturedSentinels = (marks: readonly Mark[], { sentinels }: Means): readonly CapturedKey[] => {
  const placed = new Set(sentinels);
  return marks.filter(({ key }) => placed.has(key)).map(({ key, sequence }) => ({ key, sequence }));
};

/** Marks that are applied at once while leases run out: few, so that it is over when they are. */
const SHARE = 100;

/**
 * Applies meanwhile what routers that still have a lease write, so that little is left when the last one is out.
 * @param until on the monotonic clock.
 * @param applying is told of the marks that were read, before they are applied.
 */
export const applyUntil = async (
  ports: Ports,
  migration: Migration,
  way: Way,
  until: number,
  { applier, applying }: { readonly applier: Applier; readonly applying: (marks: readonly Mark[]) => void },
): Promise<void> => {
  for (;;) {
    const left = until - ports.clock.monotonic();
    // a look takes about as long: the tenant's writers would wait for its end
    if (left <= WAIT_MS) return ports.clock.sleep(Math.max(left, 0));
    if (applier.isDue()) await applier.renew(migration);
    // no sentinel of this try is there yet: those of earlier tries are settled, or they would fill every read
    const [changes, others] = await Promise.all([
      ports.journal.marks(migration.migrationId, way.from.side, SHARE),
      ports.journal.marks(migration.migrationId, way.to.side, SHARE),
    ]);
    applying(changes);
    await applyMarks(ports, migration, way, changes, applier.writer);
    // what was just applied comes back as a change of the other side: the fewer are left to be looked at, the better
    await settleOtherSide(ports, migration, way, others);
    if (changes.length === 0) await ports.clock.sleep(Math.min(left, WAIT_MS));
  }
};

/**
 * The journal is empty only if neither side's read was full: a full one may not have seen everything. Sentinels of
 * earlier tries prove nothing; they are settled like any entry, so that they never fill a read for good.
 * @returns the journal entries of this try's sentinels.
 */
const applyUntilEmpty = async (
  ports: Ports,
  migration: Migration,
  way: Way,
  { sentinels, touched, applier, budget, past }: Means,
  comparison: ParallelCheck,
): Promise<Drained> => {
  const unseen = { from: new Set(sentinels), to: new Set(sentinels) };
  const areAllIn = () => unseen.from.size === 0 && unseen.to.size === 0;
  // begun once the sentinels have come through: what reads the streams then is what they came through
  let readers: ParallelCheck | undefined;
  const ours = new Set(sentinels);
  const isOurs = ({ key }: Mark) => ours.has(key);
  const limit = ROUND + sentinels.length;
  const unexplainedKeys = new UnexplainedKeys();
  const see = async (side: Side, left: Set<EntityKey>, read: readonly Mark[]) => {
    for (const { key } of read) left.delete(key);
    if (read.length < limit || left.size === 0) return;
    // keys that stay open may fill every read and hide the sentinels
    for (const key of await ports.journal.marked(migration.migrationId, side, [...left])) left.delete(key);
  };
  for (;;) {
    budget.check();
    if (applier.isDue()) await applier.renew(migration);
    // as of before the look: what is in the journal then is all there is
    const isWhole = areAllIn() && comparison.isDone();
    const [from, to] = await Promise.all([
      ports.journal.marks(migration.migrationId, way.from.side, limit),
      ports.journal.marks(migration.migrationId, way.to.side, limit),
    ]);
    past.see(from);
    await Promise.all([see(way.from.side, unseen.from, from), see(way.to.side, unseen.to, to)]);
    if (areAllIn()) readers ??= new ParallelCheck(() => refuseOtherReaders(ports, migration));
    const changes = from.filter((mark) => !isOurs(mark));
    touched.applying(changes);
    await applyMarks(ports, migration, way, changes, applier.writer);
    const others = to.filter((mark) => !isOurs(mark));
    const open = await settleOtherSide(ports, migration, way, others);
    if (isWhole && changes.length === 0 && from.length < limit) {
      // no change of the live side is left that could explain them, however many more there are
      const unexplained = unexplainedKeys.still(open);
      if (unexplained.length > 0 && past.keys().length === 0)
        await refuse(ports, migration, way, unexplained);
      if (to.length < limit && open.length === 0) {
        await readers?.ended();
        if (readers?.isDone()) return { from, to };
      }
    }
    if (changes.length > 0) continue;
    if (!areAllIn() || open.length > 0) await ports.clock.sleep(LOOK_MS);
    else if (!comparison.isDone())
      await Promise.race([comparison.ended(), ports.clock.sleep(COMPARED_LOOK_MS)]);
  }
};

/**
 * Keys of the filled side that no change of the live side explains, over several looks. A process that writes past the
 * leases changes the live side under the fence, and its change takes as long as capture does: a key whose live item is
 * another one at each look is such a key, and no foreign write.
 */
class UnexplainedKeys {
  #live = new Map<EntityKey, string>();

  /** @param open the open keys of this look. @returns those that the look before saw with the same live item. */
  still(open: readonly Looked[]): readonly Looked[] {
    const before = this.#live;
    this.#live = new Map(
      open.map(({ mark: { key }, from }) => [key, from ? Buffer.from(itemHash(from)).toString('hex') : '']),
    );
    return open.filter(({ mark: { key } }) => before.has(key) && before.get(key) === this.#live.get(key));
  }
}

const refuse = async (
  ports: Ports,
  { migrationId }: Migration,
  way: Way,
  open: readonly Looked[],
): Promise<never> => {
  const foreign = open.slice(0, KEPT_DIFFERENCES).map(({ mark, from, to }) => {
    const [source, target] = way.from.side === 'source' ? [from, to] : [to, from];
    return differenceOf(mark.key, { source, target });
  });
  await ports.migrations.saveForeign(migrationId, { differences: foreign });
  throw new ForeignWrite(
    `${open.length} of the tenant's keys were changed on ${way.to.table} past this migration; they stay as they are, and the tenant lives on ${way.from.table}. Either side may be newer. Look at the keys in the report (tierferry report ${migrationId})`,
  );
};
