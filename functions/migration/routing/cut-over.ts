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
 * Time after the flip for which all other work is deferred, in ms. Routers poll a fenced route at least every 50 ms, so that
 * the tenant's waiting writes go first.
 */
const WRITERS_FIRST_MS = 100;
/** Time before the end of the leases at which sentinels for hot keys are prepared, in ms. */
const NOTE_HOT_MS = 150;
/** Maximum age of the proof of capture when a fence begins, in ms. */
const FRESH_MS = 2_000;
/** First and longest time until the next try, in s. */
const BACKOFF_SECONDS = { first: 2, longest: 300 };

/**
 * Performs the cutover in one step: fences, waits until the leases have run out, drains, compares and flips.
 *
 * It waits inside the step because the state machine waits in whole seconds, for which the tenant's writers would wait too.
 * It never waits longer than the fence may last. Past its budget it reopens writes and is tried again later; it never
 * flips without equality. If an operator cancels, pauses or holds before the flip, it reopens writes and obeys.
 * @throws MigrationCancelled
 * @throws ForeignWrite if another process wrote the side that is being filled
 * @throws VerificationMismatch if the sides differ and no journalled change explains it. Writes are open after each of them.
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
    // an earlier try that ended right after its flip has left its sentinels
    await sweep();
    return { flipped: true, waitSeconds: 0 };
  }
  const later = { flipped: false, waitSeconds: backoffSeconds(ports, migration) };
  // no fence was begun: CatchUp finds out what is missing, and waits for it
  const afterCatchUp = { flipped: false, waitSeconds: Math.max(1, slowTrySeconds(ports, migration)) };
  if (route.fence?.migrationId === migration.migrationId) {
    // an earlier try left this fence, and a fence is never extended (I5)
    await openAgain(ports, migration, direction);
    return later;
  }
  // the lease was lengthened again meanwhile, and the fence would have to outlast it
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
    // a write without an answer must not take effect after the flip
    const calls = await lateCallsOut(ports, migration.migrationId, claims);
    if (!calls.out) return { flipped: false, waitSeconds: calls.waitSeconds };
    // the budget begins before the fence does, as the fence's deadline does
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
      await flipRoute(ports, fenced, way, direction, budget.phases);
      await ports.clock.sleep(WRITERS_FIRST_MS);
      await afterwards();
      return { flipped: true, waitSeconds: 0 };
    } catch (error) {
      // a flip without an answer may have happened; reopening makes a flip that is still under way fail
      const keys = past.keys();
      const failed = failureOf(error, keys.length, ports.clock.now());
      const isFlipped = (await openAgain(ports, fenced.migration, direction, failed)) === 'flipped';
      if (isFlipped) return { flipped: true, waitSeconds: 0 };
      if (error instanceof Conflict) {
        // an operator's request may have made the flip fail: throws if cancelled, waits if paused or held
        const now = await hearOperator(ports, fenced.migration);
        if (isStopped(now, direction)) return waits(now);
      }
      if (!isForLater(error)) throw error;
      ports.log.warn({ ...idsOf(migration), error: failed?.error }, 'cutover given up for now');
      await saveKeysPastLeases(ports, migration, keys);
      return later;
    } finally {
      // runs after writes are open, so that no writer waits for it
      await removeSentinels(ports, migration, way, sentinels);
    }
  });
};

/** Parameters of the work under the fence. */
interface Means {
  readonly segments: readonly Segment[];
  /** Keys of this try's sentinels. Those beside hot keys are added under the fence. */
  readonly sentinels: EntityKey[];
  readonly nonce: string;
  readonly applier: Applier;
  readonly budget: Budget;
  readonly past: PastLeases;
}

/** Makes both sides equal under the fence, and verifies it. @returns the work to do after the flip. */
const settle = async (
  ports: Ports,
  { migration, route }: Fenced,
  way: Way,
  direction: Direction,
  { segments, sentinels, nonce, applier, budget, past }: Means,
): Promise<() => Promise<void>> => {
  const { leaseGraceMs } = ports.settings;
  // after this time no router holds an open route that it read before the fence
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
    // saved before the sentinels are put, so that a later sweep finds those that a crash leaves
    if (hotKeys.length > 0) await ports.migrations.saveHotKeys(migration.migrationId, hotKeys);
    sentinels.push(...hotKeys.map((key) => sentinelKey(key, nonce)));
    const noteApplied = (marks: readonly Mark[]) => touched.applying(marks);
    await applyUntil(ports, migration, way, leasesOutAt, { applier, applying: noteApplied });
    budget.ended('leasesOut');
    refuseUnanswered(applier);
    const forget = await drain(ports, migration, way, { sentinels, touched, applier, budget, past });
    budget.ended('drained');
    refuseUnanswered(applier);
    if (!fitsUnderFence(ports, segments)) return forget;
    const save = await compareUnderFence(ports, migration, way, segments, () => budget.check());
    budget.ended('compared');
    return async () => {
      await save();
      await forget();
    };
  } finally {
    // it journals keys, which it must not do once writes are open again
    await touched.stop();
  }
};

/** Prevents a flip after an unanswered write under its own fence. @throws WriteUnanswered */
const refuseUnanswered = ({ writer }: Applier): void => {
  if (writer.unansweredAt !== undefined)
    throw new WriteUnanswered(
      'a write under the fence got no answer and may take effect late. Writes are reopened; the cutover is tried again later',
    );
};

/** Deletes this try's sentinels. Any that cannot be deleted now are swept by the next try, or before the clean-up. */
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
    ports.log.warn(
      { ...idsOf(migration), items: keys.length },
      'sentinels not deleted; a later sweep deletes them',
    );
};

/** Returns the seconds until a cutover that gave up is tried again. */
export const backoffSeconds = (ports: Pick<Ports, 'clock'>, migration: Migration): number => {
  const { first, longest } = BACKOFF_SECONDS;
  const seconds = Math.min(first * 2 ** Math.min(migration.cutovers, 10), longest);
  return Math.max(seconds, slowTrySeconds(ports, migration));
};

/** Describes for operators why a cutover gave up; undefined if an operator's request or another process stopped it. */
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
