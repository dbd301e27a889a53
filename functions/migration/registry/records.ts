import type { Placement } from '../migration.ts';
import type { EpochMs, MigrationId, TableName, TenantId, TierName } from '../names.ts';

/** How a tenant wants to be moved when it grows; absent for the default. */
export interface Preferences {
  /** It does not move by itself. */
  readonly autoMigrate?: 'off' | undefined;
  /** It moves by itself to this tier only. */
  readonly pinnedTier?: TierName | undefined;
  /** It wants a table of its own wherever its tier allows one. */
  readonly wantsDedicated?: true | undefined;
}

/** `TENANT#id` of the registry. */
export interface Tenant extends Preferences {
  readonly tenantId: TenantId;
  readonly name: string;
  readonly tier: TierName;
  readonly placement: Placement;
  readonly table: TableName;
  /** Schools at most, from the tier; absent for no limit. */
  readonly maxSchools?: number;
  readonly schoolCount: number;
  readonly schoolCountedAt: EpochMs;
  readonly createdAt: EpochMs;
  readonly createdBy: string;
  readonly updatedAt: EpochMs;
  readonly updatedBy: string;
  /** The migration that holds the tenant's lock. */
  readonly lockedBy?: MigrationId;
  /** What the registry will say once the route has been flipped. */
  readonly pending?: {
    readonly tier: TierName;
    readonly placement: Placement;
    readonly table: TableName;
    readonly maxSchools?: number;
  };
}

/**
 * `TABLE#name` of the registry. `room + tenants + reserved + leaving` is the table's limit of tenants: a tenant that
 * comes is `reserved` until the flip, one that goes is `leaving` until its source partition is gone.
 */
export interface TierTable {
  readonly table: TableName;
  readonly tier: TierName;
  readonly placement: Placement;
  /** Of a dedicated table. */
  readonly tenantId?: TenantId;
  readonly room: number;
  readonly tenants: number;
  readonly reserved: number;
  readonly leaving: number;
  /**
   * A table being retired takes nobody new. One that is being dropped, or has been, keeps its record: its name is never
   * given again, so that a deletion that comes late finds nothing.
   */
  readonly state: 'active' | 'retiring' | 'dropping' | 'dropped';
  /** The migration that created the table; absent where it was there before. */
  readonly createdBy?: MigrationId;
  /** It was there before Tierferry: it is emptied, and never changed or deleted. */
  readonly adopted?: true;
}

/** The records of all tier tables. */
export interface RegisteredTables {
  readonly tables: readonly TierTable[];
  /** Names of tables whose record is damaged: they take no tenant, and their names stay taken. */
  readonly damaged: readonly TableName[];
}
