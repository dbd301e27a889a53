import { FenceExpired, RouteMoved } from '../errors.ts';
import type { EpochMs, MigrationId, RoutingEpoch, TableName, TenantId } from '../names.ts';

/** The tenant's routing flag. Every change is a compare-and-set on `epoch`. */
export interface Route {
  readonly tenantId: TenantId;
  /** The live table: the only one that may accept the tenant's writes (I1). */
  readonly table: TableName;
  readonly epoch: RoutingEpoch;
  readonly writes: 'open' | 'fenced';
  /** How long a router may use this route after it asked for it, in ms. */
  readonly leaseMs: number;
  /** Who fenced, and when the fence must be gone. Present while `writes` is `fenced`. */
  readonly fence?: { readonly migrationId: MigrationId; readonly deadline: EpochMs };
  /** Whose changes are journalled: on AWS the stream handler reads it for each batch. Stays through fence, flip and reopening. */
  readonly capture?: Capture;
}

/** What capture needs of a route: damage to its other fields holds no change up. */
export type CaptureRoute = Pick<Route, 'tenantId' | 'table' | 'capture'>;

/** A migration's two tables, by the part that they had when it began. */
export type Side = 'source' | 'target';
export const SIDES: readonly Side[] = ['source', 'target'];

/** The tables on which this tenant's changes are journalled, and for which migration. */
export interface Capture {
  readonly migrationId: MigrationId;
  readonly tables: Readonly<Partial<Record<Side, TableName>>>;
  /** Present once a rollback has made the source live again: its stream then tells what that flip has left under each key. */
  readonly isReversed?: true;
}

const next = (route: Route) => (route.epoch + 1) as RoutingEpoch;
const isFencedBy = (route: Route, migrationId: MigrationId) => route.fence?.migrationId === migrationId;

/**
 * Closes the tenant to writes until `deadline`. Fencing again by the same migration keeps the first deadline.
 * @throws RouteMoved where the live table isn't `source`, or another migration has the fence.
 */
export const fence = (
  route: Route,
  by: { migrationId: MigrationId; source: TableName; deadline: EpochMs },
): Route => {
  if (route.table !== by.source) throw new RouteMoved(`the live table is ${route.table}, not ${by.source}`);
  if (isFencedBy(route, by.migrationId)) return route;
  if (route.writes === 'fenced') throw new RouteMoved(`writes are fenced by ${route.fence?.migrationId}`);
  return {
    ...route,
    epoch: next(route),
    writes: 'fenced',
    fence: { migrationId: by.migrationId, deadline: by.deadline },
  };
};

/**
 * Makes the target live and opens it: the one moment of the cutover (I1). Already flipped by this migration is no change.
 * @throws FenceExpired past the fence's deadline. @throws RouteMoved where this migration doesn't hold the fence.
 */
export const flip = (
  route: Route,
  by: { migrationId: MigrationId; target: TableName; leaseMs: number; now: EpochMs },
): Route => {
  if (route.table === by.target && route.writes === 'open') return route;
  if (!isFencedBy(route, by.migrationId))
    throw new RouteMoved('this migration does not hold the fence; it was reopened');
  if (route.fence && by.now >= route.fence.deadline)
    throw new FenceExpired('the fence ran out before the flip');
  const { fence: _, ...open } = route;
  const { capture } = route;
  return {
    ...open,
    table: by.target,
    epoch: next(route),
    writes: 'open',
    leaseMs: by.leaseMs,
    ...(capture?.tables.source === by.target ? { capture: { ...capture, isReversed: true } } : {}),
  };
};

/** How long routers may use the route from now on; a route that says so already is no change. */
export const withLease = (route: Route, leaseMs: number): Route =>
  route.leaseMs === leaseMs ? route : { ...route, epoch: next(route), leaseMs };

/** Opens the source again (I5). Where this migration holds no fence there is nothing to do. */
export const reopen = (route: Route, by: { migrationId: MigrationId; leaseMs: number }): Route => {
  if (!isFencedBy(route, by.migrationId)) return route;
  const { fence: _, ...open } = route;
  return { ...open, epoch: next(route), writes: 'open', leaseMs: by.leaseMs };
};

/**
 * Has the tenant's changes on one table journalled from now on. Armed already is no change.
 * @throws RouteMoved where another migration has capture armed, or this one has it armed on another table of that side.
 */
export const arm = (route: Route, by: { migrationId: MigrationId; side: Side; table: TableName }): Route => {
  const { capture } = route;
  if (capture && capture.migrationId !== by.migrationId)
    throw new RouteMoved(`changes are captured for ${capture.migrationId}`);
  const armed = capture?.tables[by.side];
  if (armed === by.table) return route;
  if (armed !== undefined) throw new RouteMoved(`changes of the ${by.side} are captured on ${armed}`);
  return {
    ...route,
    epoch: next(route),
    capture: {
      migrationId: by.migrationId,
      tables: { ...capture?.tables, [by.side]: by.table },
    },
  };
};

/** Ends what this migration has armed, on both sides. Where it has armed nothing there is nothing to do. */
export const disarm = (route: Route, by: { migrationId: MigrationId }): Route => {
  if (route.capture?.migrationId !== by.migrationId) return route;
  const { capture: _, ...rest } = route;
  return { ...rest, epoch: next(route) };
};
