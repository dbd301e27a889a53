import * as z from 'zod';
import type { TableName, TierName } from '../migration/names.ts';
import { named } from '../migration/record-fields.ts';

/** Tier, placement and table of a tenant, as stored in records. */
export const location = z.object({
  tier: named.text<TierName>(),
  placement: z.enum(['shared', 'dedicated']),
  table: named.text<TableName>(),
});
/** Tier, placement and table that a tenant moves to. The table is absent until a slot is reserved. */
export const targetLocation = location.extend({ table: location.shape.table.optional() });
