import { Conflict } from '../errors.ts';
import { formatDuration } from '../format-duration.ts';
import type { Status } from '../life-cycle.ts';
import type { CutoverFailure, Direction, FencePhases, Migration } from '../migration.ts';
import { epochMs } from '../names.ts';
import { currentRoute } from '../route/current-route.ts';
import { addFenceTime, latestFenceEnd } from '../route/fence-times.ts';
import { withPastTable } from '../route/past-tables.ts';
import { fence, flip, type Route, reopen } from '../route/route.ts';
import type { Cutover, FencedCutover } from './cutover-context.ts';
import { reopenTransition } from './give-up-cutover.ts';
import { STOPS_CUTOVER } from './stops-cutover.ts';

const who = ({ attempt }: Migration) => `workflow, attempt ${attempt}`;
/** Returns the status that a transition sets. During a rollback the status stays `rollingBack`, and only the event is new. */
const statusInDirection = (direction: Direction, forward: Status): Status =>
  direction === 'forward' ? forward : 'rollingBack';

/**
 * Fences the tenant's writes, in one transaction with the status, unless an operator has stopped the cutover.
 * @throws Conflict
 * @throws RouteMoved
 */
export const fenceWrites = async (cutover: Cutover, route: Route): Promise<FencedCutover> => {
  const { ports, migration, direction, transfer } = cutover;
  const at = ports.clock.now();
  const fenced = fence(route, {
    migrationId: migration.migrationId,
    source: transfer.from.table,
    deadline: epochMs(at + ports.settings.maxFenceMs),
  });
  const next = await ports.migrations.transition(
    migration,
    statusInDirection(direction, 'cuttingOver'),
    { who: who(migration), reason: 'writes fenced', at },
    { fencedAt: at, cutovers: migration.cutovers + 1 },
    { from: route, to: fenced },
    STOPS_CUTOVER[direction],
  );
  return { ...cutover, migration: next, route: fenced };
};

/**
 * Makes the other side live by one compare-and-set on the epoch, in one transaction with the status. So the status always
 * shows the flip, and a migration that has moved on cannot flip. The transaction also fails if an operator has stopped the
 * cutover, so that a request which was confirmed to the operator takes effect.
 * @param phases times at which the phases of this fence ended.
 * @throws FenceExpired
 * @throws RouteMoved
 * @throws Conflict
 */
export const flipRoute = async (
  { ports, migration, direction, transfer, route }: FencedCutover,
  phases?: FencePhases,
): Promise<void> => {
  const at = ports.clock.now();
  const by = {
    migrationId: migration.migrationId,
    target: transfer.to.table,
    leaseMs: ports.settings.leaseMs,
    now: at,
  };
  const flipped = withPastTable(route, flip(route, by), at);
  const flippedNow = direction === 'forward' ? { flippedAt: at } : { reverseFlippedAt: at };
  await ports.migrations.transition(
    migration,
    statusInDirection(direction, 'holding'),
    {
      who: who(migration),
      reason: `flipped to ${transfer.to.table}, ${formatDuration(at - (migration.fencedAt ?? at))} after the fence`,
      at,
      flippedTo: transfer.to.table,
    },
    {
      ...flippedNow,
      ...addFenceTime(migration, at, direction, phases),
      cutoverFailure: undefined,
      convergence: undefined,
      longLeasesOutAt: undefined,
      staleReadsOutAt: undefined,
    },
    { from: route, to: flipped },
    STOPS_CUTOVER[direction],
  );
  const now = ports.clock.now();
  ports.metrics.put({ FenceTime: now - (migration.fencedAt ?? now) }, migration);
};

/**
 * Reopens writes on the live table after a cutover that did not flip (I5). The lease stays short for the next try.
 * @param failed the reason for the record and the audit trail; absent for a fence that an earlier step left.
 * @returns `flipped` if the flip has happened after all.
 */
export const reopenAfterCutover = async (
  { ports, migration, direction }: Omit<Cutover, 'transfer'>,
  failed?: CutoverFailure,
): Promise<'open' | 'flipped'> => {
  const { migrationId } = migration;
  for (let tries = 1; ; tries += 1) {
    const now = await ports.migrations.get(migrationId);
    if (!now) throw new Conflict(`the record of ${migrationId} does not exist any more`);
    const route = await currentRoute(ports, migration);
    const flipped = direction === 'forward' ? now.flippedAt : now.reverseFlippedAt;
    if (flipped !== undefined) return 'flipped';
    const open = reopen(route, { migrationId, leaseMs: route.leaseMs });
    if (open === route && now.status !== 'cuttingOver') return 'open';
    const at = ports.clock.now();
    const { reason, failure, change } = reopenTransition(now, route.table, direction, failed);
    const endedAt = open === route ? latestFenceEnd(now, ports.settings.maxFenceMs, at) : at;
    try {
      await ports.migrations.transition(
        now,
        statusInDirection(direction, 'catchingUp'),
        { who: who(migration), reason, failure, at },
        { ...change, ...addFenceTime(now, endedAt), fencedAt: undefined },
        { from: route, to: open },
      );
      return 'open';
    } catch (error) {
      // the watchdog or the flip came first: read again
      if (!(error instanceof Conflict) || tries === 5) throw error;
    }
  }
};
