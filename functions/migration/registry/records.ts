import type { Placement } from '../migration.ts';
import type { EpochMs, MigrationId, TableName, TenantId, TierName } from '../names.ts';

/** A tenant's preferences for its migrations when it grows. An absent field has its default. */
export interface Preferences {
  /** `off`: no migration is requested automatically. */
  readonly autoMigrate?: 'off' | undefined;
  /** The only tier to which the tenant is moved automatically. */
  readonly pinnedTier?: TierName | undefined;
  /** True to give the tenant a dedicated table in every tier that allows one. */
  readonly wantsDedicated?: true | undefined;
}

/** A tenant's record in the registry, `TENANT#id`. */
export interface Tenant extends Preferences {
  readonly tenantId: TenantId;
  readonly name: string;
  readonly tier: TierName;
  readonly placement: Placement;
  readonly table: TableName;
  /** Maximum number of schools, from the tier; absent if the tier has no limit. */
  readonly maxSchools?: number;
  readonly schoolCount: number;
  readonly schoolCountedAt: EpochMs;
  readonly createdAt: EpochMs;
  readonly createdBy: string;
  readonly updatedAt: EpochMs;
  readonly updatedBy: string;
  /** The migration that holds the tenant lock. */
  readonly lockedBy?: MigrationId;
  /** Values that replace the fields of the same names once the tenant has flipped. */
  readonly pending?: {
    readonly tier: TierName;
    readonly placement: Placement;
    readonly table: TableName;
    readonly maxSchools?: number;
  };
}

/**
 * A tier table's record in the registry, `TABLE#name`. `room + tenants + reserved + leaving` is the table's tenant limit.
 * A tenant counts as `reserved` on the target until the flip, and as `leaving` on the source until its items are deleted there.
 */
export interface TierTable {
  readonly table: TableName;
  readonly tier: TierName;
  readonly placement: Placement;
  /** The tenant of a dedicated table. */
  readonly tenantId?: TenantId;
  readonly room: number;
  readonly tenants: number;
  readonly reserved: number;
  readonly leaving: number;
  /**
   * `retiring`: no tenant is placed in the table any more. `dropping` and `dropped`: the record is kept, so that the table's name
   * is never used again and a late DeleteTable finds no table.
   */
  readonly state: 'active' | 'retiring' | 'dropping' | 'dropped';
  /** The migration that created the table; absent if no migration did. */
  readonly createdBy?: MigrationId;
  /** True if the table existed before Tierferry. Its settings are never changed, and it is never deleted. */
  readonly adopted?: true;
}

/** Records of all tier tables. */
export interface RegisteredTables {
  readonly tables: readonly TierTable[];
  /** Names of tables whose record is damaged. No tenant is placed in them, and their names are not used again. */
  readonly damaged: readonly TableName[];
}
