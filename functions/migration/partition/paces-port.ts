import * as z from 'zod';
import type { EpochMs, MigrationId, TableName } from '../names.ts';
import { type FieldsOf, named } from '../record-fields.ts';

/** Identifies the units that are paced: those read from, or written to, one tenant's partition in one table. */
export interface PaceKey {
  readonly migrationId: MigrationId;
  readonly kind: 'read' | 'write';
  readonly table: TableName;
}

/**
 * Time up to which the capacity of one pace is assigned, and the rate at that time. `migrationId` + `PACE#kind#table`.
 */
export const PaceRecord = z.object({
  until: named.number<EpochMs>(),
  unitsPerSecond: z.number().positive(),
});
export type PaceRecord = FieldsOf<typeof PaceRecord>;

/** The record by which the workers of a migration share its limits. */
export interface Paces {
  /** Reads the record consistently. */
  current(key: PaceKey): Promise<PaceRecord | undefined>;
  /** Saves `to` if the record is still `from`. @returns false if another worker has changed it */
  replace(key: PaceKey, from: PaceRecord | undefined, to: PaceRecord): Promise<boolean>;
}
