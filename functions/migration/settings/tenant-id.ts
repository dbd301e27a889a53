import * as z from 'zod';
import { PARTITION_KEY_BYTES, TABLE_NAME_CHARACTERS } from '../limits.ts';
import type { TenantId } from '../names.ts';
import { dedicatedTableName, type Settings } from './settings.ts';

/**
 * Schema of a tenant id. The id becomes part of a table name, so it may contain what a table name may, except the dot.
 * That keeps the names of shared tables (`saas-tenant-data-basic.2`) distinct from those of dedicated tables.
 */
export const tenantIdSchema = z
  .string()
  .min(1, 'a tenant id must not be empty')
  .max(PARTITION_KEY_BYTES)
  .regex(/^[a-zA-Z0-9_-]+$/, 'a tenant id may contain letters, digits, hyphens and underscores only (no dot)')
  .transform((id) => id as TenantId);

/** Returns the length of the tenant's longest dedicated table name over all tiers. [Naming rules: 255 characters] */
const longestTableName = (settings: Settings, tenantId: string): number =>
  Math.max(...settings.tiers.map((tier) => dedicatedTableName(settings, tier.name, tenantId).length));

export const fitsTableName = (settings: Settings, tenantId: string): boolean =>
  longestTableName(settings, tenantId) <= TABLE_NAME_CHARACTERS;
