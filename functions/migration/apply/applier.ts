import type { BatchWriter } from '../batch-writer.ts';
import type { Migration } from '../migration.ts';

/** Who has the right to apply journalled keys. */
export interface Applier {
  readonly writer: BatchWriter;
  /** How fast the writer may write from now on, in write units a second. */
  limitTo(unitsPerSecond: number | undefined): void;
  /** Whether the right should be renewed before going on. */
  isDue(): boolean;
  /** @param migration as it is now: its status may have changed since the right was taken. @throws ApplierClaimed, Conflict */
  renew(migration: Migration): Promise<void>;
}
