import type { Migration } from '../migration.ts';
import type { EpochMs, TableName } from '../names.ts';
import type { Tenant } from './tenant.ts';

/** A migration's changes of the registry. Each moves `registryChange` in the same transaction, so it happens once however often it is tried. */
export interface RegistryMoves {
  /** `none -> reserved`: takes a slot in the table. @returns false if it has none. */
  reserveSlot(migration: Migration, table: TableName): Promise<boolean>;
  /** `reserved -> pending`: writes the tenant's fields after the flip. */
  setPending(migration: Migration, pending: NonNullable<Tenant['pending']>): Promise<void>;
  /** `pending -> confirmed`: the tenant has moved. */
  confirmMove(migration: Migration, now: EpochMs): Promise<void>;
  /**
   * `confirmed -> reserved`: the tenant has returned to the source; its copies still occupy their slot in the target.
   */
  reverseMove(migration: Migration, location: NonNullable<Tenant['pending']>, now: EpochMs): Promise<void>;
  /** `confirmed -> released`: frees the source's slot; a dedicated source is `dropped`. */
  releaseSource(migration: Migration): Promise<void>;
  /** `reserved | pending -> none`: restores everything. */
  undoReservation(migration: Migration): Promise<void>;
}
