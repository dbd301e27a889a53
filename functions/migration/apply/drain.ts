import { deleteSentinels, putSentinels } from '../capture/place-sentinels.ts';
import { isSentinel, lastSentinelKey, sentinelKey } from '../capture/sentinel.ts';
import { ForeignWrite } from '../errors.ts';
import type { Migration } from '../migration.ts';
import type { EntityKey } from '../names.ts';
import type { Mark, Ports } from '../ports.ts';
import type { Budget } from '../routing/budget.ts';
import type { Side } from '../routing/route.ts';
import type { Segment } from '../segment.ts';
import { differenceOf, KEPT_DIFFERENCES } from '../verify/differences.ts';
import type { Applier } from './applier.ts';
import { applyMarks } from './apply-marks.ts';
import type { Looked } from './compare-keys.ts';
import { settleOtherSide } from './settle-other-side.ts';
import type { Way } from './way.ts';

const ROUND = 1_000;
/** Between two looks at a journal in which nothing was, in ms. */
const LOOK_MS = 5;
/** The same while leases run out, in ms. */
const WAIT_MS = 20;

/** What the cutover drains by. */
interface Means {
  readonly segments: readonly Segment[];
  readonly applier: Applier;
  readonly budget: Budget;
}

/**
 * Applies until the journal is empty under the fence, and knows that it is whole: a sentinel in every segment has come
 * through the capture of both sides, behind everything that was written before.
 * @returns what removes the sentinels' own marks, for after the flip: nobody has to wait for that.
 * @throws CutoverOverBudget @throws ForeignWrite where the side that is being filled has a change that is not ours.
 */
export const drain = async (
  ports: Ports,
  migration: Migration,
  way: Way,
  means: Means,
): Promise<() => Promise<void>> => {
  const { tenantId } = migration;
  const keys = sentinelKeys(means.segments, ports.newId());
  const tables = [way.from.table, way.to.table];
  await Promise.all(tables.map((table) => putSentinels(ports, tenantId, table, keys)));
  // they have been noted: nobody has to see them while the journal is looked at
  const deleted = Promise.all(tables.map((table) => deleteSentinels(ports, tenantId, table, keys)));
  deleted.catch(() => undefined);
  const sentinels = await applyUntilEmpty(ports, migration, way, keys, means);
  await deleted;
  return async () => {
    await ports.journal.remove(migration.migrationId, way.from.side, sentinels.from);
    await ports.journal.remove(migration.migrationId, way.to.side, sentinels.to);
  };
};

/** Marks that are applied at once while leases run out: few, so that it is over when they are. */
const SHARE = 100;

/** Applies for so long what routers that still have a lease write, so that little is left when the last one is out. */
export const applyFor = async (
  ports: Ports,
  migration: Migration,
  way: Way,
  ms: number,
  applier: Applier,
): Promise<void> => {
  const until = ports.clock.monotonic() + ms;
  for (;;) {
    const left = until - ports.clock.monotonic();
    if (left <= 0) return;
    if (applier.isDue()) await applier.renew(migration);
    const [changes, others] = await Promise.all([
      marksOfTenant(ports, migration, way.from.side, SHARE),
      marksOfTenant(ports, migration, way.to.side, SHARE),
    ]);
    await applyMarks(ports, migration, way, changes, applier.writer);
    // what was just applied comes back as a change of the other side: the fewer are left to be looked at, the better
    await settleOtherSide(ports, migration, way, others);
    if (changes.length === 0) await ports.clock.sleep(Math.min(left, WAIT_MS));
  }
};

const marksOfTenant = async (
  ports: Ports,
  { migrationId }: Migration,
  side: Side,
  limit: number,
): Promise<readonly Mark[]> =>
  (await ports.journal.marks(migrationId, side, limit)).filter(({ key }) => !isSentinel(key));

/** @returns the sentinels' marks. */
const applyUntilEmpty = async (
  ports: Ports,
  migration: Migration,
  way: Way,
  keys: readonly EntityKey[],
  { applier, budget }: Means,
): Promise<{ readonly from: readonly Mark[]; readonly to: readonly Mark[] }> => {
  const unseen = { from: new Set(keys), to: new Set(keys) };
  const limit = ROUND + keys.length;
  for (;;) {
    budget.check();
    if (applier.isDue()) await applier.renew(migration);
    // as of before the look: what is in the journal then is all there is
    const isWhole = unseen.from.size === 0 && unseen.to.size === 0;
    const [from, to] = await Promise.all([
      ports.journal.marks(migration.migrationId, way.from.side, limit),
      ports.journal.marks(migration.migrationId, way.to.side, limit),
    ]);
    for (const { key } of from) unseen.from.delete(key);
    for (const { key } of to) unseen.to.delete(key);
    const changes = from.filter(({ key }) => !isSentinel(key));
    await applyMarks(ports, migration, way, changes, applier.writer);
    const others = to.filter(({ key }) => !isSentinel(key));
    const open = await settleOtherSide(ports, migration, way, others);
    if (isWhole && changes.length === 0) {
      if (open.length > 0) await refuse(ports, migration, way, open);
      return { from, to };
    }
    if (changes.length === 0) await ports.clock.sleep(LOOK_MS);
  }
};

/** Two segments that begin with the same thousand bytes share one: a key has no room for more. */
const sentinelKeys = (segments: readonly Segment[], nonce: string): EntityKey[] => [
  ...new Set([...segments.map(({ range }) => sentinelKey(range.after, nonce)), lastSentinelKey(nonce)]),
];

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
  await ports.migrations.saveForeign(migrationId, foreign);
  throw new ForeignWrite(
    `somebody else changed ${open.length} of the tenant's keys on the side that is being filled; they stay as they are. Look at the keys in the report (tierferry report ${migrationId})`,
  );
};
