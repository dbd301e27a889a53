import type { CapturedKey } from '../journal/journal-port.ts';
import type { EntityKey, MigrationId } from '../names.ts';

/** Keys that one cutover notes for the next step: sentinels, hot keys, and keys that were written past the leases. */
export interface FenceKeys {
  /** Saves the sentinels that arrived through the source's capture under the fence of the flip. */
  saveFenceSentinels(migrationId: MigrationId, sentinels: readonly CapturedKey[]): Promise<void>;
  /** Returns these sentinels in key order; none if they were not saved. */
  fenceSentinels(migrationId: MigrationId): Promise<readonly CapturedKey[]>;
  /** Saves the keys beside which the fence's sentinels are put, replacing the earlier ones. */
  saveHotKeys(migrationId: MigrationId, keys: readonly EntityKey[]): Promise<void>;
  hotKeys(migrationId: MigrationId): Promise<readonly EntityKey[]>;
  /** Saves the keys written under a fence after every lease had ended, replacing the earlier ones. */
  saveKeysPastLeases(migrationId: MigrationId, keys: readonly EntityKey[]): Promise<void>;
  keysPastLeases(migrationId: MigrationId): Promise<readonly EntityKey[]>;
}
