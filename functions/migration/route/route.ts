import { FenceExpired, RouteMoved } from '../errors.ts';
import type { EpochMs, MigrationId, RoutingEpoch, TableName, TenantId } from '../names.ts';

/**
 * Number of the protocol between route and router (`docs/router-protocol.md`) that new routes have. A router refuses a route
 * with a newer one than it supports. Increase it only if a router that does not know the change would break an invariant.
 */
export const ROUTE_PROTOCOL = 1;

/** The tenant's routing flag, which names its live table. Every change is a compare-and-set on `epoch`. */
export interface Route {
  readonly tenantId: TenantId;
  /** Number of the protocol that routers must follow. Absent in routes of earlier versions: 1. No change of a route changes it. */
  readonly protocol?: typeof ROUTE_PROTOCOL;
  /** The live table: the only one that may accept the tenant's writes (I1). */
  readonly table: TableName;
  readonly epoch: RoutingEpoch;
  readonly writes: 'open' | 'fenced';
  /** Time for which a router may use this route, counted from its request, in ms. */
  readonly leaseMs: number;
  /** The migration that fenced, and the time by which the fence must end. Present while `writes` is `fenced`. */
  readonly fence?: { readonly migrationId: MigrationId; readonly deadline: EpochMs };
  /** Tables whose changes are journalled. The stream handler reads this for each batch. Fence, flip and reopen do not change it. */
  readonly capture?: Capture;
  /** Tables that were live before, oldest first. Only consumers of the tables' streams use them. */
  readonly pastTables?: readonly PastTable[];
}

/** A table that was the tenant's live table until a flip. */
export interface PastTable {
  readonly table: TableName;
  /** Time of the flip that made it live; absent if the tenant was registered there. */
  readonly from?: EpochMs;
  /** Time of the flip that made another table live. */
  readonly until: EpochMs;
}

/** The fields of a route that capture needs. Damage to other fields does not stop capture. */
export type CaptureRoute = Pick<Route, 'tenantId' | 'table' | 'capture'>;

/** One of a migration's two tables. Flip and rollback do not change which is which. */
export type Side = 'source' | 'target';
export const SIDES: readonly Side[] = ['source', 'target'];

/** The tables on which this tenant's changes are journalled, and for which migration. */
export interface Capture {
  readonly migrationId: MigrationId;
  readonly tables: Readonly<Partial<Record<Side, TableName>>>;
  /** Present once a rollback has made the source live again. From then on the source's first changes are saved. */
  readonly isReversed?: true;
}

const next = (route: Route) => (route.epoch + 1) as RoutingEpoch;
const isFencedBy = (route: Route, migrationId: MigrationId) => route.fence?.migrationId === migrationId;

/**
 * Fences the tenant's writes until `deadline`. A second fence by the same migration keeps the first deadline.
 * @throws RouteMoved if `source` is not the live table, or another migration has fenced the tenant
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
 * Makes the target live and opens it to writes, in one change (I1). Returns the route unchanged if it was flipped already.
 * @throws FenceExpired if the fence's deadline has passed
 * @throws RouteMoved if the tenant is not fenced by this migration
 */
export const flip = (
  route: Route,
  by: { migrationId: MigrationId; target: TableName; leaseMs: number; now: EpochMs },
): Route => {
  if (route.table === by.target && route.writes === 'open') return route;
  if (!isFencedBy(route, by.migrationId))
    throw new RouteMoved('the tenant is not fenced by this migration any more; writes were reopened');
  if (route.fence && by.now >= route.fence.deadline)
    throw new FenceExpired("the fence's deadline passed before the flip");
  const { fence: _, ...open } = route;
  const { capture } = route;
  return {
    ...open,
    table: by.target,
    epoch: next(route),
    writes: 'open',
    leaseMs: by.leaseMs,
    capture: capture?.tables.source === by.target ? { ...capture, isReversed: true } : capture,
  };
};

/** Sets the route's lease. Returns the route unchanged if it has this lease already. */
export const withLease = (route: Route, leaseMs: number): Route =>
  route.leaseMs === leaseMs ? route : { ...route, epoch: next(route), leaseMs };

/** Reopens writes on the live table (I5). Returns the route unchanged if it is not fenced by this migration. */
export const reopen = (route: Route, by: { migrationId: MigrationId; leaseMs: number }): Route => {
  if (!isFencedBy(route, by.migrationId)) return route;
  const { fence: _, ...open } = route;
  return { ...open, epoch: next(route), writes: 'open', leaseMs: by.leaseMs };
};

/**
 * Starts journalling the tenant's changes on one table. Returns the route unchanged if capture is armed there already.
 * @throws RouteMoved if another migration has armed capture, or this one has armed it on another table of that side
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

/** Ends this migration's capture on both sides. Returns the route unchanged if this migration has armed none. */
export const disarm = (route: Route, by: { migrationId: MigrationId }): Route => {
  if (route.capture?.migrationId !== by.migrationId) return route;
  const { capture: _, ...rest } = route;
  return { ...rest, epoch: next(route) };
};
