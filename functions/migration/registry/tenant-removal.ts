import type { Placement } from '../migration.ts';
import type { EpochMs, RoutingEpoch, TableName, TenantId, TierName } from '../names.ts';

/** A removal that has begun, as a part of the tenant's record. The tenant has no route, and no migration can lock it. */
export interface Removal {
  readonly removalId: string;
  /** The run that may continue the removal. A later run replaces it, so that an earlier one stops. */
  readonly runId: string;
  readonly startedAt: EpochMs;
  readonly startedBy: string;
  readonly reason?: string;
  /** Epoch of the route that was deleted. */
  readonly routeEpoch: RoutingEpoch;
  /** Lease of the route that was deleted, in ms. */
  readonly leaseMs: number;
  /** ARN of the backup that was made before the first item was deleted; `none` on an engine without backups. */
  readonly backup?: string;
  /** Number of items that have been deleted so far; absent before the first deletion was sent. */
  readonly itemsDeleted?: number;
}

/** The record of a tenant that was removed, `REMOVED#id`. Another removal of the same id replaces it. */
export interface RemovedTenant {
  readonly tenantId: TenantId;
  readonly tier: TierName;
  readonly placement: Placement;
  /** The table in which the tenant lived. */
  readonly table: TableName;
  readonly removedAt: EpochMs;
  readonly removedBy: string;
  readonly reason?: string;
  readonly itemsDeleted: number;
  /** ARN of the table's backup with the tenant's items; `none` on an engine without backups; absent if there were no items. */
  readonly backup?: string;
  /** True if the tenant's dedicated table was deleted. */
  readonly isTableDropped?: true;
  /** Epoch of the tenant's last route. A route of a tenant that is registered again continues from it. */
  readonly routeEpoch: RoutingEpoch;
}
