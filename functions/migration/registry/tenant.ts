import type { Placement } from '../migration.ts';
import type { EpochMs, MigrationId, TableName, TenantId, TierName } from '../names.ts';
import type { Removal } from './tenant-removal.ts';

/** A tenant's preferences for its migrations when it grows. An absent field has its default. */
export interface Preferences {
  /** `off`: no migration is requested automatically. */
  readonly autoMigrate?: 'off' | undefined;
  /** The only tier to which the tenant is moved automatically. */
  readonly pinnedTier?: TierName | undefined;
  /** True to give the tenant a dedicated table in every tier that allows one. */
  readonly wantsDedicated?: true | undefined;
  /** Reason of their last change, for a person who asks. */
  readonly preferencesReason?: string | undefined;
}

/** A tenant's record in the registry, `TENANT#id`. */
export interface Tenant extends Preferences {
  readonly tenantId: TenantId;
  /** Display name. */
  readonly name: string;
  /** Reason for which the tenant was last renamed. */
  readonly nameReason?: string;
  readonly tier: TierName;
  readonly placement: Placement;
  readonly table: TableName;
  /** Maximum number of schools, from the tier; absent if the tier has no limit. */
  readonly maxSchools?: number;
  readonly schoolCount: number;
  readonly schoolCountedAt: EpochMs;
  readonly createdAt: EpochMs;
  readonly createdBy: string;
  /** Reason for which the tenant was registered. */
  readonly createdReason?: string;
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
  /** Present while the tenant is being removed. */
  readonly removal?: Removal;
}
