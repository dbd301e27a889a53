import * as z from 'zod';
import { TenantLocation } from '../migration.ts';
import type { EpochMs, MigrationId, TableName, TenantId } from '../names.ts';
import { type FieldsOf, named } from '../record-fields.ts';

/** The operator who has added, retired or reinstated a table, with the reason. */
export const TableNote = z.object({
  by: z.string(),
  reason: z.string(),
  at: named.number<EpochMs>(),
});
export type TableNote = FieldsOf<typeof TableNote>;

/**
 * A tier table's record in the registry, `TABLE#name`. `freeSlots + tenants + reserved + departing` is the table's tenant limit.
 * A tenant counts as `reserved` on the target until the flip, and as `departing` on the source until its items are deleted there.
 */
export const TierTable = TenantLocation.extend({
  /** The tenant of a dedicated table. */
  tenantId: named.text<TenantId>().optional(),
  freeSlots: z.number(),
  tenants: z.number(),
  reserved: z.number(),
  departing: z.number(),
  /**
   * `retiring`: no tenant is placed in the table any more. `dropping` and `dropped`: the record is kept, so that the table's name
   * is never used again and a late DeleteTable finds no table.
   */
  state: z.enum(['active', 'retiring', 'dropping', 'dropped']),
  /** The migration that created the table; absent if no migration did. */
  createdBy: named.text<MigrationId>().optional(),
  /** True if the table existed before Tierferry. Its settings are never changed, and it is never deleted. */
  isAdopted: z.literal(true).optional(),
  /** The last operator who has added, retired or reinstated the table. */
  operatorNote: TableNote.optional(),
});
export type TierTable = FieldsOf<typeof TierTable>;

/**
 * True if Tierferry created the table and may not have turned on TTL and recovery yet: a migration, or the registration of the
 * tenant of a dedicated table, records a table before it creates it.
 */
export const isRecordedFirst = ({ createdBy, placement, isAdopted }: TierTable): boolean =>
  createdBy !== undefined || (placement === 'dedicated' && !isAdopted);

/** Records of all tier tables. */
export interface RegisteredTables {
  readonly tables: readonly TierTable[];
  /** Names of tables whose record is damaged. No tenant is placed in them, and their names are not used again. */
  readonly damaged: readonly TableName[];
}
