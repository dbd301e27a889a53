import * as z from 'zod';
import { TenantLocation } from '../migration.ts';
import type { EpochMs, RoutingEpoch, TenantId } from '../names.ts';
import { type FieldsOf, named } from '../record-fields.ts';

/** A removal that has begun, as a part of the tenant's record. The tenant has no route, and no migration can lock it. */
export const Removal = z.object({
  removalId: z.string(),
  /** The run that may continue the removal. A later run replaces it, so that an earlier one stops. */
  runId: z.string(),
  startedAt: named.number<EpochMs>(),
  startedBy: z.string(),
  reason: z.string().optional(),
  /** Epoch of the route that was deleted. */
  routeEpoch: named.number<RoutingEpoch>(),
  /** Lease of the route that was deleted, in ms. */
  leaseMs: z.number(),
  /** ARN of the backup that was made before the first item was deleted; `none` on an engine without backups. */
  backup: z.string().optional(),
  /** Number of items that have been deleted so far; absent before the first deletion was sent. */
  itemsDeleted: z.number().optional(),
});
export type Removal = FieldsOf<typeof Removal>;

/**
 * The record of a tenant that was removed, `REMOVED#id`, with the location where it lived. Another removal of the same id
 * replaces it.
 */
export const RemovedTenant = TenantLocation.extend({
  tenantId: named.text<TenantId>(),
  removedAt: named.number<EpochMs>(),
  removedBy: z.string(),
  reason: z.string().optional(),
  /** Number of items that were deleted. Lacks those of a page whose deletion was interrupted before it was counted. */
  itemsDeleted: z.number(),
  /** ARN of the table's backup with the tenant's items; `none` on an engine without backups; absent if there were no items. */
  backup: z.string().optional(),
  /** True if the tenant's dedicated table was deleted. */
  isTableDropped: z.literal(true).optional(),
  /** Epoch of the tenant's last route. A route of a tenant that is registered again continues from it. */
  routeEpoch: named.number<RoutingEpoch>(),
});
export type RemovedTenant = FieldsOf<typeof RemovedTenant>;
