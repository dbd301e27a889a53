import * as z from 'zod';
import type { EpochMs, MigrationId, TableName, TenantId } from '../migration/names.ts';
import { Tenant } from '../migration/registry/tenant.ts';
import { TierTable } from '../migration/registry/tier-table.ts';
import { META } from './meta.ts';
import type { Records, TransactionActions } from './records.ts';
import { type UpdateChanges, updateOf } from './update.ts';

export const TENANT = 'TENANT#';
export const TABLE = 'TABLE#';

/** Names of the tables that the registry's transactions change. */
export interface RegistryTables {
  readonly registry: string;
  readonly routes: string;
  readonly migrations: string;
}

/** A record whose key names another tenant is damaged: its fields may be of either one. */
export const TenantRecord = Tenant.extend({ id: z.string() })
  .refine(({ id, tenantId }) => id === `${TENANT}${tenantId}`, { path: ['tenantId'] })
  .transform(({ id: _, ...tenant }) => tenant);
export const TableRecord = TierTable.extend({ id: z.string() })
  .refine(({ id, table }) => id === `${TABLE}${table}`, { path: ['table'] })
  .transform(({ id: _, ...table }) => table);

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
