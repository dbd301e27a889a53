import type { Applier } from '../apply/applier.ts';
import { TouchedComparison } from '../apply/compare-touched.ts';
import { applyUntil, drain } from '../apply/drain.ts';
import { HotKeys } from '../apply/hot-keys.ts';
import { underApplierClaim } from '../apply/under-applier-claim.ts';
import { type Direction, type Way, wayOf } from '../apply/way.ts';
import { deleteSentinels } from '../capture/place-sentinels.ts';
import { proveCapture } from '../capture/proof.ts';
import { sentinelKey, sentinelKeys } from '../capture/sentinel.ts';
import { sweepSentinels } from '../capture/sweep-sentinels.ts';
import { hearOperator, isStopped, operatorWaitSeconds, slowTrySeconds } from '../controls.ts';
import {
  Conflict,
  CutoverOverBudget,
  FenceExpired,
  Throttled,
  Unavailable,
  WriteUnanswered,
} from '../errors.ts';
import { lateCallsOut } from '../late-calls.ts';
import type { CutoverFailure, Migration } from '../migration.ts';
import type { EntityKey, EpochMs } from '../names.ts';
import type { Mark, Ports } from '../ports.ts';
import type { Segment } from '../segment.ts';
import { compareUnderFence, fitsUnderFence } from '../verify/compare-under-fence.ts';
import { isCompared, touchedFrom as touchedFromRound } from '../verify/live-comparison.ts';
import { Budget } from './budget.ts';
import { currentRoute } from './current-route.ts';
import { type Fenced, fenceWrites, flipRoute, openAgain } from './fence.ts';
import { saveKeysPastLeases } from './give-up-cutover.ts';
import { PastLeases } from './past-leases.ts';

/**
 * How long after the flip everything else waits, in ms: routers look at a fence every 50 ms at least, and the tenant's
 * writes that have waited for it go first.
 */
const WRITERS_FIRST_MS = 100;
/** Time before the leases' end in which hot keys are noted, in ms. */
const NOTE_HOT_MS = 150;
/** How old a proof of capture may be when a fence begins, in ms. */
const FRESH_MS = 2_000;
/** Seconds until the next try: the first, and the longest. */
const BACKOFF_SECONDS = { first: 2, longest: 300 };

/**
 * The cutover, as one step: fence, wait the lease out, drain, verify, flip. It waits within the step, since the state
 * machine's waits are of whole seconds, each of which the tenant's writers would wait too; and it never waits longer than
 * the fence may last. Past its budget it opens writes again and is tried later; it never forces. An operator who asks before
 * the flip is obeyed: writes are open again then, too.
 * @throws MigrationCancelled @throws ForeignWrite, VerificationMismatch where the sides differ and no change says why: writes are open again then.
 */
export const cutOver = async (
  ports: Ports,
  migration: Migration,
  direction: Direction,
): Promise<{ flipped: boolean; waitSeconds: number }> => {
  const waits = (now: Migration) => ({ flipped: false, waitSeconds: operatorWaitSeconds(ports, now) });
  if (isStopped(migration, direction)) return waits(migration);
  const way = await wayOf(ports, migration, direction);
  const route = await currentRoute(ports, migration);
  const sweep = () =>
    Promise.all([way.from, way.to].map(({ table }) => sweepSentinels(ports, migration, table)));
  if (route.table === way.to.table) {
    // a try that ended right behind its flip has left them
    await sweep();
    return { flipped: true, waitSeconds: 0 };
  }
  const later = { flipped: false, waitSeconds: backoffSeconds(ports, migration) };
  // no fence was begun: catching up says what is missing, and waits for it
  const afterCatchUp = { flipped: false, waitSeconds: Math.max(1, slowTrySeconds(ports, migration)) };
  if (route.fence?.migrationId === migration.migrationId) {
    // a fence that an earlier try left: none is ever extended (I5)
    await openAgain(ports, migration, direction);
    return later;
  }
  // somebody has lengthened it since: the fence would have to wait for all of it
  if (route.leaseMs > ports.settings.cutoverLeaseMs) return later;
  const segments: Segment[] = [];
  for await (const segment of ports.segments.list(migration.migrationId)) segments.push(segment);
  const isTriedBefore = migration.cutovers > 0 || migration.attempt > 1;
  if (isTriedBefore) await sweep();
  const nonce = ports.newId();
  const sentinels = sentinelKeys(segments, nonce);
  const proved = await proveCapture(ports, migration);
  if (proved.provedAt === undefined || !isCompared(proved.migration, direction)) return afterCatchUp;
  const { provedAt } = proved;
  const claims = segments.flatMap(({ claim }) => claim ?? []);
  return underApplierClaim(ports, proved.migration, way.to.table, async (applier) => {
    if (ports.clock.monotonic() - provedAt > FRESH_MS) return afterCatchUp;
    // a write that was given up must not arrive after the flip
    const calls = await lateCallsOut(ports, migration.migrationId, claims);
    if (!calls.out) return { flipped: false, waitSeconds: calls.waitSeconds };
    // the fence's deadline counts from before it, and so does the time to work under it
    const budget = new Budget(ports.clock, ports.settings.maxFenceMs);
    const fenced = await fenceWrites(ports, proved.migration, route, way, direction);
    const past = new PastLeases(sentinels);
    try {
      const afterwards = await settle(ports, fenced, way, direction, {
        segments,
        sentinels,
        nonce,
        applier,
        budget,
        past,
      });
      await flipRoute(ports, fenced, way, direction);
      await ports.clock.sleep(WRITERS_FIRST_MS);
      await afterwards();
      return { flipped: true, waitSeconds: 0 };
    } catch (error) {
      // a flip that gave no answer may have happened, and a flip that is still on its way can't any more
      const keys = past.keys();
      const failed = failureOf(error, keys.length, ports.clock.now());
      const isFlipped = (await openAgain(ports, fenced.migration, direction, failed)) === 'flipped';
      if (isFlipped) return { flipped: true, waitSeconds: 0 };
      if (error instanceof Conflict) {
        // the flip may have been refused because an operator asked first: a cancellation is thrown, a pause or hold waited for
        const now = await hearOperator(ports, fenced.migration);
        if (isStopped(now, direction)) return waits(now);
      }
      if (!isForLater(error)) throw error;
      ports.log.warn({ ...idsOf(migration), error: failed?.error }, 'cutover given up for now');
      await saveKeysPastLeases(ports, migration, keys);
      return later;
    } finally {
      // the tenant's writers don't wait for it
      await removeSentinels(ports, migration, way, sentinels);
    }
  });
};

/** By which the two sides are made the same. */
interface Means {
  readonly segments: readonly Segment[];
  /** Keys of this try's sentinels; those beside hot keys are added under the fence. */
  readonly sentinels: EntityKey[];
  readonly nonce: string;
  readonly applier: Applier;
  readonly budget: Budget;
  readonly past: PastLeases;
}

/** Under the fence: makes both sides the same, and sees that they are. @returns what is left for after the flip. */
const settle = async (
  ports: Ports,
  { migration, route }: Fenced,
  way: Way,
  direction: Direction,
  { segments, sentinels, nonce, applier, budget, past }: Means,
): Promise<() => Promise<void>> => {
  const { leaseGraceMs } = ports.settings;
  // from then on no router has an open route any more that it got before the fence
  const leasesOutAt = ports.clock.monotonic() + route.leaseMs + leaseGraceMs;
  await applier.renew(migration);
  const hot = new HotKeys();
  const touchedFrom = touchedFromRound(migration, direction);
  const touched = new TouchedComparison(ports, migration, way, { touchedFrom, budget });
  try {
    const noteHot = (marks: readonly Mark[]) => hot.see(marks);
    await applyUntil(ports, migration, way, leasesOutAt - NOTE_HOT_MS, { applier, applying: noteHot });
    touched.prepare();
    const hotKeys = hot.keys();
    // noted before they are put, so that a later sweep finds those that a crash leaves
    if (hotKeys.length > 0) await ports.migrations.saveHotKeys(migration.migrationId, hotKeys);
    sentinels.push(...hotKeys.map((key) => sentinelKey(key, nonce)));
    const noteApplied = (marks: readonly Mark[]) => touched.applying(marks);
    await applyUntil(ports, migration, way, leasesOutAt, { applier, applying: noteApplied });
    refuseUnanswered(applier);
    const forget = await drain(ports, migration, way, { sentinels, touched, applier, budget, past });
    refuseUnanswered(applier);
    if (!fitsUnderFence(ports, segments)) return forget;
    const save = await compareUnderFence(ports, migration, way, segments, () => budget.check());
    return async () => {
      await save();
      await forget();
    };
  } finally {
    // it marks keys: nothing of it may be under way once writes are open again
    await touched.stop();
  }
};

/** A flip never follows a write under its own fence that got no answer. */
const refuseUnanswered = ({ writer }: Applier): void => {
  if (writer.unansweredAt !== undefined)
    throw new WriteUnanswered('a write under the fence got no answer and may arrive late; it is tried later');
};

/** What can't be removed now is swept by the next try, or before the source is cleaned up. */
const removeSentinels = async (
  ports: Ports,
  migration: Migration,
  way: Way,
  keys: readonly EntityKey[],
): Promise<void> => {
  const removed = await Promise.allSettled(
    [way.from, way.to].map(({ table }) => deleteSentinels(ports, migration.tenantId, table, keys)),
  );
  if (removed.some(({ status }) => status === 'rejected'))
    ports.log.warn({ ...idsOf(migration), items: keys.length }, 'sentinels not removed');
};

/** Seconds until a cutover that was given up for now is tried again. */
export const backoffSeconds = (ports: Pick<Ports, 'clock'>, migration: Migration): number => {
  const { first, longest } = BACKOFF_SECONDS;
  const seconds = Math.min(first * 2 ** Math.min(migration.cutovers, 10), longest);
  return Math.max(seconds, slowTrySeconds(ports, migration));
};

/** What an operator is told of a cutover that gave up; nothing if an operator asked for it, or another process moved on. */
const failureOf = (error: unknown, keysPastLeases: number, at: EpochMs): CutoverFailure | undefined =>
  error instanceof Error && !(error instanceof Conflict)
    ? { error: error.name, cause: error.message, at, keysPastLeases }
    : undefined;

const isForLater = (error: unknown): boolean =>
  [CutoverOverBudget, FenceExpired, Throttled, Unavailable, WriteUnanswered].some(
    (later) => error instanceof later,
  );

const idsOf = ({ migrationId, tenantId, attempt, status }: Migration) => ({
  migrationId,
  tenantId,
  attempt,
  status,
});
