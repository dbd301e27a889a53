import * as z from 'zod';
import { TENANT_CHARACTER } from '../../router/client/key-template.ts';
import { PARTITION_KEY_BYTES, TABLE_NAME_CHARACTERS, TAG_VALUE_CHARACTERS } from '../limits.ts';
import type { TenantId } from '../names.ts';
import { dedicatedTableName, type Settings } from './settings.ts';

/**
 * Schema of a tenant id as settings without `tenantIds` have it: what a table name may contain, except the dot, so that the
 * names of dedicated tables have the id as it is.
 */
export const tenantIdSchema = z
  .string()
  .min(1, 'a tenant id must not be empty')
  .max(PARTITION_KEY_BYTES)
  .regex(/^[a-zA-Z0-9_-]+$/, 'a tenant id may contain letters, digits, hyphens and underscores only (no dot)')
  .transform((id) => id as TenantId);

const EDGE = /^\p{Z}|\p{Z}$/u;

/**
 * Schema of any tenant id that some settings accept: the characters of a session tag, by which the tenant's role is
 * assumed. [IAM and STS quotas, Tag values]
 */
export const anyTenantIdSchema = z
  .string()
  .min(1, 'a tenant id must not be empty')
  .max(TAG_VALUE_CHARACTERS, `a tenant id has at most ${TAG_VALUE_CHARACTERS} characters`)
  .regex(
    new RegExp(`^${TENANT_CHARACTER}+$`, 'u'),
    'a tenant id may contain letters, digits, spaces and _ . : / = + - @ only',
  )
  .refine((id) => !EDGE.test(id), 'a tenant id must not begin or end with a space')
  .transform((id) => id as TenantId);

/** Returns the schema of the tenant ids that these settings accept. */
export const tenantIdSchemaOf = ({
  tenantIds,
}: Pick<Settings, 'tenantIds'>): typeof tenantIdSchema | typeof anyTenantIdSchema =>
  tenantIds === 'session-tag' ? anyTenantIdSchema : tenantIdSchema;

/** Returns the length of the tenant's longest dedicated table name over all tiers. [Naming rules: 255 characters] */
const longestTableName = (settings: Settings, tenantId: string): number =>
  Math.max(...settings.tiers.map((tier) => dedicatedTableName(settings, tier.name, tenantId).length));

export const fitsTableName = (settings: Settings, tenantId: string): boolean =>
  longestTableName(settings, tenantId) <= TABLE_NAME_CHARACTERS;
