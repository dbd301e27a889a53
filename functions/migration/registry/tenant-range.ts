import type { TableName, TenantId, TierName } from '../names.ts';
import type { Tenant } from './tenant.ts';

/**
 * One partition of an index of tenants: those of a tier or of a table, in the index's order. The order `schools` is
 * descending, so that the tenant nearest to its limit comes first. Tenants with equally many schools have a stable order.
 */
export interface TenantRange {
  readonly by: 'tier' | 'table';
  readonly value: string;
  /** `name` is not available within a table. */
  readonly order: 'id' | 'schools' | 'name';
  /** Beginning of the id, or of the name's key. */
  readonly prefix?: string;
  /** Minimum number of schools. */
  readonly atLeast?: number;
}

/** A tenant's position in the ranges that contain it. */
export interface TenantPosition {
  readonly tenantId: TenantId;
  readonly tier: TierName;
  readonly table: TableName;
  readonly schools: number;
  readonly nameKey: string;
}

/** Result of one read of a range. */
export interface TenantRangePage {
  readonly tenants: readonly Tenant[];
  /** Position after which the next read continues; absent at the end of the range. */
  readonly last?: TenantPosition;
  /** Read units used. */
  readonly units: number;
}

/** Maximum characters of a name's key: an index key has at most 1,024 bytes. [Service quotas in DynamoDB, Sort key length] */
const KEY_CHARACTERS = 200;

/** Returns the key by which a name is sorted and searched, regardless of case. */
export const nameKeyOf = (name: string): string =>
  name.normalize('NFKC').toLowerCase().slice(0, KEY_CHARACTERS) || ' ';
