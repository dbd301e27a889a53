import type { Migration } from '../migration.ts';
import type { BatchWriter } from '../partition/batch-writer.ts';

/** A worker's claim on applying journalled keys. */
export interface Applier {
  readonly writer: BatchWriter;
  /** Sets the rate of the writer from now on, in write units per second. */
  limitTo(unitsPerSecond: number | undefined): void;
  /** True if the claim should be renewed before more is written. */
  isDue(): boolean;
  /**
   * @param migration as it is now: its status may have changed since the claim was taken.
   * @throws ApplierClaimed, Conflict
   */
  renew(migration: Migration): Promise<void>;
}
