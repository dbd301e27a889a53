import type { Placement } from '../migration.ts';
import type { EpochMs, MigrationId, TableName, TenantId, TierName } from '../names.ts';

/**
 * A tier table's record in the registry, `TABLE#name`. `freeSlots + tenants + reserved + departing` is the table's tenant limit.
 * A tenant counts as `reserved` on the target until the flip, and as `departing` on the source until its items are deleted there.
 */
export interface TierTable {
  readonly table: TableName;
  readonly tier: TierName;
  readonly placement: Placement;
  /** The tenant of a dedicated table. */
  readonly tenantId?: TenantId;
  readonly freeSlots: number;
  readonly tenants: number;
  readonly reserved: number;
  readonly departing: number;
  /**
   * `retiring`: no tenant is placed in the table any more. `dropping` and `dropped`: the record is kept, so that the table's name
   * is never used again and a late DeleteTable finds no table.
   */
  readonly state: 'active' | 'retiring' | 'dropping' | 'dropped';
  /** The migration that created the table; absent if no migration did. */
  readonly createdBy?: MigrationId;
  /** True if the table existed before Tierferry. Its settings are never changed, and it is never deleted. */
  readonly isAdopted?: true;
  /** The last operator who has added, retired or reinstated the table. */
  readonly operatorNote?: TableNote;
}

/** The operator who has added, retired or reinstated a table, with the reason. */
export interface TableNote {
  readonly by: string;
  readonly reason: string;
  readonly at: EpochMs;
}

/** Records of all tier tables. */
export interface RegisteredTables {
  readonly tables: readonly TierTable[];
  /** Names of tables whose record is damaged. No tenant is placed in them, and their names are not used again. */
  readonly damaged: readonly TableName[];
}
