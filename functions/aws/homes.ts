import * as z from 'zod';
import type { TableName, TierName } from '../migration/names.ts';
import { named } from './parsing.ts';

/** Where a tenant lives, in our records. */
export const home = z.object({
  tier: named.text<TierName>(),
  placement: z.enum(['shared', 'dedicated']),
  table: named.text<TableName>(),
});
/** Where it will: the table is known once room has been reserved. */
export const targetHome = home.extend({ table: home.shape.table.optional() });
