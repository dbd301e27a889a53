import * as z from 'zod';
import { PARTITION_KEY_BYTES, TABLE_NAME_CHARACTERS } from './limits.ts';
import type { TenantId } from './names.ts';
import { dedicatedTableName, type Settings } from './settings.ts';

/**
 * A tenant id becomes part of a table's name, so it is held to what a table name allows, less the dot, which keeps the
 * names of shared tables (`saas-tenant-data-basic.2`) apart from those of dedicated ones.
 */
export const tenantIdSchema = z
  .string()
  .min(1, 'a tenant id is not empty')
  .max(PARTITION_KEY_BYTES)
  .regex(/^[a-zA-Z0-9_-]+$/, 'a tenant id has letters, digits, hyphens and underscores only (no dot)')
  .transform((id) => id as TenantId);

/** Whether the tenant's dedicated table could be named in every tier. [Naming rules: 255 characters] */
const longestTableName = (settings: Settings, tenantId: string): number =>
  Math.max(...settings.tiers.map((tier) => dedicatedTableName(settings, tier.name, tenantId).length));

export const fitsTableName = (settings: Settings, tenantId: string): boolean =>
  longestTableName(settings, tenantId) <= TABLE_NAME_CHARACTERS;
