import type { Direction, Way } from '../apply/way.ts';
import { STOPS_CUTOVER } from '../controls.ts';
import { Conflict } from '../errors.ts';
import type { Status } from '../life-cycle.ts';
import type { CutoverFailure, FenceTimes, Migration } from '../migration.ts';
import { epochMs } from '../names.ts';
import type { MigrationChange, Ports } from '../ports.ts';
import { currentRoute } from './current-route.ts';
import { fencesUntil, overdueAt } from './fence-times.ts';
import { reopeningAfter } from './give-up-cutover.ts';
import { fence, flip, type Route, reopen } from './route.ts';

/** The migration and the route as this very step has left them: it flips from no other. */
export interface Fenced {
  readonly migration: Migration;
  readonly route: Route;
}

const who = ({ attempt }: Migration) => `workflow, attempt ${attempt}`;
/** Where a status stays as it is, e.g. on the way back, the event tells of the change all the same. */
const statusIn = (direction: Direction, forth: Status): Status =>
  direction === 'forth' ? forth : 'rollingBack';

/**
 * Closes the tenant to writes, in one transaction with the status, unless an operator has stopped the cutover.
 * @throws Conflict @throws RouteMoved
 */
export const fenceWrites = async (
  ports: Ports,
  migration: Migration,
  route: Route,
  way: Way,
  direction: Direction,
): Promise<Fenced> => {
  const at = ports.clock.now();
  const fenced = fence(route, {
    migrationId: migration.migrationId,
    source: way.from.table,
    deadline: epochMs(at + ports.settings.maxFenceMs),
  });
  const next = await ports.migrations.transition(
    migration,
    statusIn(direction, 'cuttingOver'),
    { who: who(migration), why: 'writes fenced', at },
    { fencedAt: at, cutovers: migration.cutovers + 1 },
    { from: route, to: fenced },
    STOPS_CUTOVER[direction],
  );
  return { migration: next, route: fenced };
};

/**
 * Makes the other side live by one compare-and-set on the epoch, in one transaction with the status: so the status tells
 * of the flip, and no flip comes for a migration that has moved on. The condition includes that no operator has stopped the
 * cutover: what an operator was told happens.
 * @throws FenceExpired @throws RouteMoved @throws Conflict
 */
export const flipRoute = async (
  ports: Ports,
  { migration, route }: Fenced,
  way: Way,
  direction: Direction,
): Promise<void> => {
  const at = ports.clock.now();
  const flipped = flip(route, {
    migrationId: migration.migrationId,
    target: way.to.table,
    leaseMs: ports.settings.leaseMs,
    now: at,
  });
  await ports.migrations.transition(
    migration,
    statusIn(direction, 'holding'),
    {
      who: who(migration),
      why: `flipped to ${way.to.table}, ${at - (migration.fencedAt ?? at)} ms after the fence`,
      at,
    },
    {
      ...(direction === 'forth' ? { flippedAt: at } : { flippedBackAt: at }),
      ...withFences(fencesUntil(migration, at, direction)),
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
 * Opens the live table again after a cutover that did not flip (I5); the lease stays short for the next try.
 * @param failed why it gave up, for the record and the audit trail; absent for a fence that an earlier step has left.
 * @returns `flipped` where the flip happened after all.
 */
export const openAgain = async (
  ports: Ports,
  migration: Migration,
  direction: Direction,
  failed?: CutoverFailure,
): Promise<'open' | 'flipped'> => {
  const { migrationId } = migration;
  for (let tries = 1; ; tries += 1) {
    const now = await ports.migrations.get(migrationId);
    if (!now) throw new Conflict(`${migrationId} is gone`);
    const route = await currentRoute(ports, migration);
    const flipped = direction === 'forth' ? now.flippedAt : now.flippedBackAt;
    if (flipped !== undefined) return 'flipped';
    const open = reopen(route, { migrationId, leaseMs: route.leaseMs });
    if (open === route && now.status !== 'cuttingOver') return 'open';
    const at = ports.clock.now();
    const { why, change } = reopeningAfter(now, route.table, direction, failed);
    const endedAt = open === route ? overdueAt(now, ports.settings.maxFenceMs, at) : at;
    try {
      await ports.migrations.transition(
        now,
        statusIn(direction, 'catchingUp'),
        { who: who(migration), why, at },
        { ...change, ...withFences(fencesUntil(now, endedAt)), fencedAt: undefined },
        { from: route, to: open },
      );
      return 'open';
    } catch (error) {
      // the watchdog or the flip came in between: look again
      if (!(error instanceof Conflict) || tries === 5) throw error;
    }
  }
};

const withFences = (fences: FenceTimes | undefined): Pick<MigrationChange, 'fences'> =>
  fences ? { fences } : {};
