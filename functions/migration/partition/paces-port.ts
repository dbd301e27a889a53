import type { EpochMs, MigrationId, TableName } from '../names.ts';

/** Identifies the units that are paced: those read from, or written to, one tenant's partition in one table. */
export interface PaceKey {
  readonly migrationId: MigrationId;
  readonly kind: 'read' | 'write';
  readonly table: TableName;
}

/**
 * Time up to which the capacity of one pace is assigned, and the rate at that time. `migrationId` + `PACE#kind#table`.
 */
export interface PaceRecord {
  readonly until: EpochMs;
  readonly unitsPerSecond: number;
}

/** The record by which the workers of a migration share its limits. */
export interface Paces {
  /** Reads the record consistently. */
  current(key: PaceKey): Promise<PaceRecord | undefined>;
  /** Saves `to` if the record is still `from`. @returns false if another worker has changed it */
  replace(key: PaceKey, from: PaceRecord | undefined, to: PaceRecord): Promise<boolean>;
}
