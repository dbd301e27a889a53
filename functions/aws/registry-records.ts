import * as z from 'zod';
import type {
  EpochMs,
  MigrationId,
  RoutingEpoch,
  TableName,
  TenantId,
  TierName,
} from '../migration/names.ts';
import { named } from '../migration/record-fields.ts';
import type { Tenant } from '../migration/registry/tenant.ts';
import type { TierTable } from '../migration/registry/tier-table.ts';
import { META } from './meta.ts';
import type { Records, TransactionActions } from './records.ts';
import { sameFieldsAs } from './same-fields.ts';
import { location } from './tenant-location.ts';
import { type UpdateChanges, updateOf } from './update.ts';

export const TENANT = 'TENANT#';
export const TABLE = 'TABLE#';

/** Names of the tables that the registry's transactions change. */
export interface RegistryTables {
  readonly registry: string;
  readonly routes: string;
  readonly migrations: string;
}

const limitedLocation = location.extend({ maxSchools: z.number().optional() });
const removal = z.object({
  removalId: z.string(),
  runId: z.string(),
  startedAt: named.number<EpochMs>(),
  startedBy: z.string(),
  reason: z.string().optional(),
  routeEpoch: named.number<RoutingEpoch>(),
  leaseMs: z.number(),
  backup: z.string().optional(),
  itemsDeleted: z.number().optional(),
});
const TenantFields = limitedLocation.extend({
  tenantId: named.text<TenantId>(),
  name: z.string(),
  nameReason: z.string().optional(),
  schoolCount: z.number(),
  schoolCountedAt: named.number<EpochMs>(),
  autoMigrate: z.literal('off').optional(),
  pinnedTier: named.text<TierName>().optional(),
  wantsDedicated: z.literal(true).optional(),
  preferencesReason: z.string().optional(),
  createdAt: named.number<EpochMs>(),
  createdBy: z.string(),
  createdReason: z.string().optional(),
  updatedAt: named.number<EpochMs>(),
  updatedBy: z.string(),
  lockedBy: named.text<MigrationId>().optional(),
  pending: limitedLocation.optional(),
  removal: removal.optional(),
});
/** A record whose key names another tenant is damaged: its fields may be of either one. */
export const TenantRecord = TenantFields.extend({ id: z.string() })
  .refine(({ id, tenantId }) => id === `${TENANT}${tenantId}`, { path: ['tenantId'] })
  .transform(({ id: _, ...tenant }) => tenant)
  .apply(sameFieldsAs<Tenant>());
const TableFields = location.extend({
  tenantId: named.text<TenantId>().optional(),
  freeSlots: z.number(),
  tenants: z.number(),
  reserved: z.number(),
  departing: z.number(),
  state: z.enum(['active', 'retiring', 'dropping', 'dropped']),
  createdBy: named.text<MigrationId>().optional(),
  isAdopted: z.literal(true).optional(),
  operatorNote: z.object({ by: z.string(), reason: z.string(), at: named.number<EpochMs>() }).optional(),
});
export const TableRecord = TableFields.extend({ id: z.string() })
  .refine(({ id, table }) => id === `${TABLE}${table}`, { path: ['table'] })
  .transform(({ id: _, ...table }) => table)
  .apply(sameFieldsAs<TierTable>());

export const tenantKey = (tenantId: TenantId) => ({ id: `${TENANT}${tenantId}` });
export const tableKey = (table: TableName) => ({ id: `${TABLE}${table}` });

/** Returns a function that names a record of the registry for the report of a damaged one. */
export const placeIn =
  (registry: string) =>
  ({ id }: Record<string, unknown>) => ({ table: registry, key: String(id) });

/** Reads all records whose key begins with the prefix, consistently. @param after key of the last record read before */
export const scanRegistry = (
  records: Records,
  registry: string,
  prefix: string,
  after?: { readonly id: string },
) =>
  records.scan({
    ExclusiveStartKey: after,
    TableName: registry,
    ConsistentRead: true,
    FilterExpression: 'begins_with(id, :prefix)',
    ExpressionAttributeValues: { ':prefix': prefix },
  });

/** A change of a tenant's record, as a part of a transaction. */
export const tenantUpdate = (
  registry: string,
  tenantId: TenantId,
  changes: UpdateChanges,
): TransactionActions[number] => ({
  Update: { TableName: registry, Key: tenantKey(tenantId), ...updateOf(changes) },
});

/** A change of a tier table's record, as a part of a transaction. */
export const tableUpdate = (
  registry: string,
  table: TableName,
  changes: UpdateChanges,
): TransactionActions[number] => ({
  Update: { TableName: registry, Key: tableKey(table), ...updateOf(changes) },
});

/** A change of a migration's record, as a part of a transaction. */
export const migrationUpdate = (
  migrations: string,
  migrationId: MigrationId,
  now: EpochMs,
  changes: UpdateChanges,
): TransactionActions[number] => ({
  Update: {
    TableName: migrations,
    Key: { migrationId, part: META },
    ...updateOf({ ...changes, set: { updatedAt: now, ...changes.set } }),
  },
});

type Count = 'freeSlots' | 'tenants' | 'reserved' | 'departing';

/** Moves one tenant of a table from one count to another; no count may become negative. */
export const occupancy = (
  registry: string,
  table: TableName,
  from: Count,
  to: Count,
  also = '',
): TransactionActions[number] =>
  tableUpdate(registry, table, {
    add: { [from]: -1, [to]: 1 },
    condition: `#${from} >= :one${also}`,
    names: also ? { '#state': 'state' } : {},
    values: also ? { ':one': 1, ':active': 'active' } : { ':one': 1 },
  });
