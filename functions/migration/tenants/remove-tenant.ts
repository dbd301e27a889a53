import { counted } from '../counted.ts';
import { type ErrorDetails, NotSafe, TenantHasItems } from '../errors.ts';
import type { RoutingEpoch } from '../names.ts';
import type { Ports } from '../ports.ts';
import { tenantNotFound } from '../registry/find-tenant.ts';
import type { Tenant } from '../registry/tenant.ts';
import type { Removal, RemovedTenant } from '../registry/tenant-removal.ts';
import { checkNotMigrating } from '../requests/request-migration.ts';
import { unknownBefore } from '../route/past-tables.ts';
import { ROUTE_PROTOCOL, type Route } from '../route/route.ts';
import { tenantIdSchema } from '../settings/tenant-id.ts';
import { deleteTenantItems } from './delete-tenant-items.ts';
import { dropTenantTable } from './drop-tenant-table.ts';
import { RemovalRun, type ReportRemoval } from './removal-run.ts';
import { countItems, hasItems } from './tenant-items.ts';

/** A request to remove a tenant. */
export interface RemovalRequest {
  readonly tenantId: string;
  /** True to delete the tenant's items after a backup; false to refuse while the tenant has items. */
  readonly deletesItems?: boolean;
  /** Limit of write units a second for the deletion; none by default. */
  readonly writeUnitsPerSecond?: number | undefined;
  readonly by: string;
  readonly reason?: string | undefined;
  /** Stops the removal between two steps, or two pages of items. A later request continues it. */
  readonly signal?: AbortSignal | undefined;
}

/** The items that a removal would delete. */
export interface RemovalPlan {
  readonly tenant: Tenant;
  /** Number of the tenant's items in its live table. */
  readonly items: number;
  /** True if the tenant's dedicated table would be deleted as a whole. */
  readonly dropsTable: boolean;
}

/**
 * Counts what a removal would delete, and changes nothing. Costs one read unit per 4 KB.
 * @throws TenantNotFound
 * @throws TenantAlreadyMigrating if the tenant is being moved
 */
export const planRemoval = async (ports: Ports, id: string): Promise<RemovalPlan> => {
  const tenant = await findTenantToRemove(ports, id);
  await checkNotMigrating(ports, tenant);
  const items = await countItems(ports, tenant);
  return { tenant, items, dropsTable: await isOwnTable(ports, tenant) };
};

/**
 * Removes a tenant: deletes its route, its items if that is requested, and its record in the registry, and frees its slot. Safe
 * to repeat: a run that was interrupted is continued, and a tenant that was removed is left alone.
 *
 * The route is deleted first, and every lease on it is waited out. So no router writes to the tenant's table when its items are
 * checked or deleted. A dedicated table that Tierferry created is deleted as a whole.
 * @param report called after each step, and after each page of deleted items.
 * @throws TenantNotFound
 * @throws TenantAlreadyMigrating if the tenant is being moved
 * @throws TenantHasItems if it has items, and their deletion is not requested. Nothing was changed.
 * @throws Conflict if another process removes the tenant at the same time
 */
export const removeTenant = async (
  ports: Ports,
  request: RemovalRequest,
  report: ReportRemoval = () => {},
): Promise<RemovedTenant> => {
  const removed = await findRemovedTenant(ports, request.tenantId);
  if (removed) return removed;
  const tenant = await findTenantToRemove(ports, request.tenantId);
  await checkNotMigrating(ports, tenant);
  const { deletesItems = false } = request;
  if (!deletesItems) refuseIfStarted(tenant);
  if (!deletesItems && !tenant.removal && (await hasItems(ports, tenant))) throw tenantHasItems(tenant);
  const run = await startRun(ports, tenant, request, report);
  await run.waitForLeases();
  const isEmpty = !(await hasItems(ports, tenant));
  if (!isEmpty && !deletesItems) {
    await ports.registry.undoRemoval(tenant, run.removal, nextRoute(run));
    throw tenantHasItems(tenant);
  }
  const dropsTable = deletesItems && (await isOwnTable(ports, tenant));
  if (dropsTable) await dropTenantTable(run, await countItems(ports, tenant));
  else if (!isEmpty) await deleteTenantItems(run, request.writeUnitsPerSecond);
  return end(run, dropsTable);
};

/** Returns the record of a tenant's removal if no tenant with this id is registered; undefined if there is none. */
export const findRemovedTenant = async (ports: Ports, id: string): Promise<RemovedTenant | undefined> => {
  const tenantId = tenantIdSchema.safeParse(id).data;
  if (!tenantId || (await ports.registry.tenant(tenantId))) return undefined;
  return ports.registry.removedTenant(tenantId);
};

const findTenantToRemove = async (ports: Ports, id: string): Promise<Tenant> => {
  const tenantId = tenantIdSchema.safeParse(id).data;
  const tenant = tenantId && (await ports.registry.tenant(tenantId));
  if (!tenant) throw tenantNotFound(id);
  return tenant;
};

/** @throws TenantHasItems if an earlier run has deleted items: the tenant cannot be given its route back */
const refuseIfStarted = ({ tenantId, removal }: Tenant): void => {
  if (removal?.itemsDeleted === undefined) return;
  throw new TenantHasItems(
    `the removal of tenant ${tenantId} has deleted ${counted(removal.itemsDeleted, 'item')} so far. It was not continued. Request the deletion of its items again`,
    detailsOf(tenantId),
  );
};

const tenantHasItems = ({ tenantId, table }: Tenant): TenantHasItems =>
  new TenantHasItems(
    `tenant ${tenantId} has items in table ${table}. Nothing was changed. Delete its items first, or have them deleted after a backup`,
    { facts: { tenantId, table } },
  );

const detailsOf = (tenantId: string): ErrorDetails => ({
  facts: { tenantId },
  next: { action: 'remove-tenant', tenantId },
});

const startRun = async (
  ports: Ports,
  tenant: Tenant,
  { by, reason, signal }: RemovalRequest,
  report: ReportRemoval,
): Promise<RemovalRun> => {
  const route = await ports.routes.get(tenant.tenantId);
  const known = tenant.removal;
  if (!route && !known)
    throw new NotSafe(`tenant ${tenant.tenantId} has no route. Nothing was changed. Repair it first`, {
      facts: { tenantId: tenant.tenantId },
      next: { action: 'doctor' },
    });
  const now = ports.clock.now();
  const removal: Removal = {
    removalId: known?.removalId ?? `rem-${ports.newId().slice(0, 8)}`,
    runId: ports.newId(),
    startedAt: known?.startedAt ?? now,
    startedBy: known?.startedBy ?? by,
    reason: known?.reason ?? reason,
    routeEpoch: (route?.epoch ?? known?.routeEpoch ?? 0) as RoutingEpoch,
    leaseMs: Math.max(route?.leaseMs ?? 0, known?.leaseMs ?? 0, ports.settings.leaseMs),
    backup: known?.backup,
    itemsDeleted: known?.itemsDeleted,
  };
  await ports.registry.startRemoval(tenant, route, removal);
  return new RemovalRun(ports, tenant, removal, {
    isContinued: known?.itemsDeleted !== undefined,
    report,
    signal,
  });
};

/** Returns the route that a removal which is undone gives back. Its epoch exceeds that of the deleted one. */
const nextRoute = ({ tenant: { tenantId, table }, removal, ports }: RemovalRun): Route => ({
  tenantId,
  protocol: ROUTE_PROTOCOL,
  table,
  epoch: (removal.routeEpoch + 1) as RoutingEpoch,
  writes: 'open',
  leaseMs: ports.settings.leaseMs,
  pastTables: unknownBefore(ports.clock.now(), table),
});

/** True if the table is the tenant's own and may be deleted as a whole, by its record. Its name proves nothing. */
const isOwnTable = async (ports: Ports, { tenantId, table }: Tenant): Promise<boolean> => {
  const registered = await ports.registry.table(table);
  return (
    registered?.placement === 'dedicated' &&
    registered.tenantId === tenantId &&
    registered.isAdopted !== true &&
    registered.tenants === 1 &&
    registered.reserved + registered.departing === 0
  );
};

const end = async (run: RemovalRun, isTableDropped: boolean): Promise<RemovedTenant> => {
  const { ports, tenant, removal } = run;
  await run.waitForLateCalls();
  const removed: RemovedTenant = {
    tenantId: tenant.tenantId,
    tier: tenant.tier,
    placement: tenant.placement,
    table: tenant.table,
    removedAt: ports.clock.now(),
    removedBy: removal.startedBy,
    reason: removal.reason,
    itemsDeleted: run.removal.itemsDeleted ?? 0,
    backup: run.removal.backup,
    isTableDropped: isTableDropped ? true : undefined,
    routeEpoch: removal.routeEpoch,
  };
  await ports.registry.endRemoval(tenant, run.removal, removed);
  return removed;
};
