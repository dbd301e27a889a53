import { transferOf } from '../apply/transfer.ts';
import type { Applier } from '../claims/applier.ts';
import { lateCallsExpired } from '../claims/late-calls.ts';
import { runUnderApplierClaim } from '../claims/run-under-applier-claim.ts';
import { isCompared, touchedFrom as touchedFromRound } from '../compare/live-comparison.ts';
import {
  Conflict,
  CutoverOverBudget,
  FenceExpired,
  Throttled,
  Unavailable,
  WriteUnanswered,
} from '../errors.ts';
import { layoutOf } from '../items/key-layout.ts';
import { hotSentinelKeys, sentinelKeys } from '../items/sentinel.ts';
import { deleteLeftSentinels } from '../journal/delete-left-sentinels.ts';
import type { JournalEntry } from '../journal/journal-port.ts';
import { deleteSentinels } from '../journal/place-sentinels.ts';
import { proveCapture } from '../journal/proof-of-capture.ts';
import type { CutoverFailure, Direction, Migration } from '../migration.ts';
import type { EntityKey, EpochMs } from '../names.ts';
import type { Ports } from '../ports.ts';
import { operatorWaitSeconds, slowTrySeconds } from '../record/poll-times.ts';
import { refreshMigration } from '../record/refresh-migration.ts';
import { currentRoute } from '../route/current-route.ts';
import type { Segment } from '../segment.ts';
import { Budget } from './budget.ts';
import { TouchedComparison } from './compare-touched.ts';
import { compareUnderFence, fitsUnderFence } from './compare-under-fence.ts';
import type { Cutover, FencedCutover } from './cutover-context.ts';
import { applyUntil, drain } from './drain.ts';
import { fenceWrites, flipRoute, reopenAfterCutover } from './fence.ts';
import { saveKeysPastLeases } from './give-up-cutover.ts';
import { HotKeys } from './hot-keys.ts';
import { WritesPastLeases } from './past-leases.ts';
import { isStopped } from './stops-cutover.ts';

/**
 * Time after the flip for which all other work is deferred, in ms. Routers poll a fenced route at least every 50 ms, so that
 * the tenant's waiting writes go first.
 */
const WRITERS_FIRST_MS = 100;
/**
 * Time before the end of the leases, in ms, at which the hot keys are known and the touched keys of the side that is being
 * filled are read.
 */
const LAST_APPLY_MS = 150;
/** Maximum age of the proof of capture when a fence begins, in ms. */
const MAX_PROOF_AGE_MS = 2_000;
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
  const transfer = await transferOf(ports, migration, direction);
  const cutover: Cutover = { ports, migration, direction, transfer };
  const route = await currentRoute(ports, migration);
  const deleteLeft = () =>
    Promise.all(
      [transfer.from, transfer.to].map(({ table }) => deleteLeftSentinels(ports, migration, table)),
    );
  if (route.table === transfer.to.table) {
    // an earlier try that ended right after its flip has left its sentinels
    await deleteLeft();
    return { flipped: true, waitSeconds: 0 };
  }
  const later = { flipped: false, waitSeconds: backoffSeconds(ports, migration) };
  // no fence was begun: CatchUp finds out what is missing, and waits for it
  const afterCatchUp = { flipped: false, waitSeconds: Math.max(1, slowTrySeconds(ports, migration)) };
  if (route.fence?.migrationId === migration.migrationId) {
    // an earlier try left this fence, and a fence is never extended (I5)
    await reopenAfterCutover(cutover);
    return later;
  }
  // the lease was lengthened again meanwhile, and the fence would have to outlast it
  if (route.leaseMs > ports.settings.cutoverLeaseMs) return later;
  const segments: Segment[] = [];
  for await (const segment of ports.segments.list(migration.migrationId)) segments.push(segment);
  const isTriedBefore = migration.cutovers > 0 || migration.attempt > 1;
  if (isTriedBefore) await deleteLeft();
  const nonce = ports.newId();
  const sentinels = sentinelKeys(segments, nonce, layoutOf(ports.settings));
  const proved = await proveCapture(ports, migration);
  if (proved.provedAt === undefined || !isCompared(proved.migration, direction)) return afterCatchUp;
  const { provedAt } = proved;
  const claims = segments.flatMap(({ claim }) => claim ?? []);
  return runUnderApplierClaim(ports, proved.migration, transfer.to.table, async (applier) => {
    if (ports.clock.monotonic() - provedAt > MAX_PROOF_AGE_MS) return afterCatchUp;
    // a write without an answer must not take effect after the flip
    const calls = await lateCallsExpired(ports, migration.migrationId, claims);
    if (!calls.out) return { flipped: false, waitSeconds: calls.waitSeconds };
    // the budget begins before the fence does, as the fence's deadline does
    const budget = new Budget(ports.clock, ports.settings.maxFenceMs);
    const fenced = await fenceWrites({ ...cutover, migration: proved.migration }, route);
    const past = new WritesPastLeases(sentinels);
    try {
      const work = { segments, sentinels, nonce, applier, budget, past };
      const afterwards = await drainAndCompare(fenced, work);
      await flipRoute(fenced, budget.phases);
      await ports.clock.sleep(WRITERS_FIRST_MS);
      await afterwards();
      return { flipped: true, waitSeconds: 0 };
    } catch (error) {
      // a flip without an answer may have happened; reopening makes a flip that is still under way fail
      const keys = past.keys();
      const failed = failureOf(error, keys.length, ports.clock.now());
      const isFlipped = (await reopenAfterCutover(fenced, failed)) === 'flipped';
      if (isFlipped) return { flipped: true, waitSeconds: 0 };
      if (error instanceof Conflict) {
        // an operator's request may have made the flip fail: throws if cancelled, waits if paused or held
        const now = await refreshMigration(ports, fenced.migration);
        if (isStopped(now, direction)) return waits(now);
      }
      if (!isForLater(error)) throw error;
      ports.log.warn({ ...idsOf(migration), error: failed?.error }, 'cutover given up for now');
      await saveKeysPastLeases(cutover, keys);
      return later;
    } finally {
      // runs after writes are open, so that no writer waits for it
      await removeSentinels(cutover, sentinels);
    }
  });
};

/** Parameters of the work under the fence. */
interface FenceWork {
  readonly segments: readonly Segment[];
  /** Keys of this try's sentinels. Those beside hot keys are added under the fence. */
  readonly sentinels: EntityKey[];
  readonly nonce: string;
  readonly applier: Applier;
  readonly budget: Budget;
  readonly past: WritesPastLeases;
}

/** Makes both sides equal under the fence, and verifies it. @returns the work to do after the flip. */
const drainAndCompare = async (
  cutover: FencedCutover,
  { segments, sentinels, nonce, applier, budget, past }: FenceWork,
): Promise<() => Promise<void>> => {
  const { ports, migration, direction, route } = cutover;
  const { leaseGraceMs } = ports.settings;
  // after this time no router holds an open route that it read before the fence
  const leasesOutAt = ports.clock.monotonic() + route.leaseMs + leaseGraceMs;
  await applier.renew(migration);
  const hot = new HotKeys();
  const touchedFrom = touchedFromRound(migration, direction);
  const touched = new TouchedComparison(cutover, { touchedFrom, budget });
  try {
    const noteHot = (entries: readonly JournalEntry[]) => hot.see(entries);
    await applyUntil(cutover, leasesOutAt - LAST_APPLY_MS, { applier, applying: noteHot });
    touched.prepare();
    const hotKeys = hot.keys();
    // saved before the sentinels are put, so that a later deletion finds those that a crash leaves
    if (hotKeys.length > 0) await ports.migrations.saveHotKeys(migration.migrationId, hotKeys);
    sentinels.push(...hotSentinelKeys(hotKeys, nonce, sentinels, layoutOf(ports.settings)));
    const noteApplied = (entries: readonly JournalEntry[]) => touched.applying(entries);
    await applyUntil(cutover, leasesOutAt, { applier, applying: noteApplied });
    budget.ended('leasesOut');
    refuseUnanswered(applier);
    const forget = await drain(cutover, { sentinels, touched, applier, budget, past });
    budget.ended('drained');
    refuseUnanswered(applier);
    if (!fitsUnderFence(ports, segments)) return forget;
    const save = await compareUnderFence(cutover, segments, () => budget.check());
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

/** Deletes this try's sentinels. Any that cannot be deleted now are deleted by the next try, or before the clean-up. */
const removeSentinels = async (
  { ports, migration, transfer }: Cutover,
  keys: readonly EntityKey[],
): Promise<void> => {
  const removed = await Promise.allSettled(
    [transfer.from, transfer.to].map(({ table }) => deleteSentinels(ports, migration.tenantId, table, keys)),
  );
  if (removed.some(({ status }) => status === 'rejected'))
    ports.log.warn(
      { ...idsOf(migration), items: keys.length },
      'sentinels not deleted; a later step deletes them',
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
