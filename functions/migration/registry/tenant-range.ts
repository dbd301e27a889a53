import type { TableName, TenantId, TierName } from '../names.ts';
import type { Tenant } from './records.ts';

/**
 * One partition of an index over tenants: those of a tier or of a table, in the index's order. `schools` is descending, since
 * who is nearest its limit comes first; tenants with the same number of schools are in any order that stays.
 */
export interface TenantRange {
  readonly by: 'tier' | 'table';
  readonly value: string;
  /** There is no order by name within a table. */
  readonly order: 'id' | 'schools' | 'name';
  /** Beginning of the id, or of the name's key. */
  readonly prefix?: string;
  /** Schools at least. */
  readonly atLeast?: number;
}

/** A tenant's place in the ranges that it is in. */
export interface TenantPosition {
  readonly tenantId: TenantId;
  readonly tier: TierName;
  readonly table: TableName;
  readonly schools: number;
  readonly nameKey: string;
}

/** Some tenants of a range. */
export interface TenantsRead {
  readonly tenants: readonly Tenant[];
  /** Position to go on after; absent at the range's end. */
  readonly last?: TenantPosition;
  /** Read units that this took. */
  readonly units: number;
}

/** Characters of a name's key: an index key holds 1,024 bytes. [Service quotas in DynamoDB, Sort key length] */
const KEY_CHARACTERS = 200;

/** Returns what names are sorted and searched by, whatever their case. */
export const nameKeyOf = (name: string): string =>
  name.normalize('NFKC').toLowerCase().slice(0, KEY_CHARACTERS) || ' ';
