import * as z from 'zod';
import { TenantLocation } from '../migration.ts';
import type { EpochMs, MigrationId, TenantId, TierName } from '../names.ts';
import { type FieldsOf, named } from '../record-fields.ts';
import { Removal } from './tenant-removal.ts';

/** A tenant's preferences for its migrations when it grows. An absent field has its default. */
export const Preferences = z.object({
  /** `off`: no migration is requested automatically. */
  autoMigrate: z.literal('off').optional(),
  /** The only tier to which the tenant is moved automatically. */
  pinnedTier: named.text<TierName>().optional(),
  /** True to give the tenant a dedicated table in every tier that allows one. */
  wantsDedicated: z.literal(true).optional(),
  /** Reason of their last change, for a person who asks. */
  preferencesReason: z.string().optional(),
});
export type Preferences = FieldsOf<typeof Preferences>;

const LimitedLocation = TenantLocation.extend({
  /** Maximum number of schools, from the tier; absent if the tier has no limit. */
  maxSchools: z.number().optional(),
});

/** A tenant's record in the registry, `TENANT#id`. */
export const Tenant = LimitedLocation.extend({
  ...Preferences.shape,
  tenantId: named.text<TenantId>(),
  /** Display name. */
  name: z.string(),
  /** Reason for which the tenant was last renamed. */
  nameReason: z.string().optional(),
  schoolCount: z.number(),
  schoolCountedAt: named.number<EpochMs>(),
  createdAt: named.number<EpochMs>(),
  createdBy: z.string(),
  /** Reason for which the tenant was registered. */
  createdReason: z.string().optional(),
  updatedAt: named.number<EpochMs>(),
  updatedBy: z.string(),
  /** The migration that holds the tenant lock. */
  lockedBy: named.text<MigrationId>().optional(),
  /** Values that replace the fields of the same names once the tenant has flipped. */
  pending: LimitedLocation.optional(),
  /** Present while the tenant is being removed. */
  removal: Removal.optional(),
});
export type Tenant = FieldsOf<typeof Tenant>;
