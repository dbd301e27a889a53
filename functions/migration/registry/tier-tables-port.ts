import type { TableName, TierName } from '../names.ts';
import type { RegisteredTables, TableNote, TierTable } from './tier-table.ts';

/** The registry's records of tier tables. */
export interface TierTables {
  table(table: TableName): Promise<TierTable | undefined>;
  tables(tier?: TierName): AsyncIterable<TierTable>;
  /**
   * Reads tables of a tier through an index, eventually consistently, at most `limit` records, in the order of their
   * names.
   * @returns `last`: where to resume; absent at the end.
   */
  tablesIn(
    tier: TierName,
    options: { readonly limit: number; readonly after?: TableName },
  ): Promise<{ readonly tables: readonly TierTable[]; readonly last?: TableName }>;
  /** Reads the records of all tier tables, to choose one of them or the name of a new one. */
  allTables(): Promise<RegisteredTables>;
  /**
   * Registers an existing tier table, or one that a migration is about to create.
   * @throws Conflict if it is registered already.
   */
  addTable(table: TierTable): Promise<void>;
  /**
   * Marks a table `retiring`, so that it accepts no more tenants, or `active` again. Safe to repeat.
   * @param note the operator and the reason; an earlier note is replaced, or removed.
   * @param seen the table as the operator saw it; absent to change it whatever its state is
   * @throws Conflict if it is not registered, or dropped, or has been retired or reinstated since it was seen.
   */
  setRetiring(table: TableName, isRetiring: boolean, note?: TableNote, seen?: TierTable): Promise<void>;
  /**
   * Sets a table's free slots so that `limit` tenants fit in all; negative if there are more. Nothing changes if a
   * tenant has come or gone since `table` was read.
   */
  setLimit(table: TierTable, limit: number): Promise<void>;
  /**
   * Marks a table `dropping` if no tenant is in it, reserved or leaving.
   * @returns true if it is `dropping` or `dropped`.
   */
  markDropping(table: TableName): Promise<boolean>;
  /**
   * Marks a table that was `dropping` as `dropped`. Its record is kept, so that its name is never used again: a late
   * deletion finds nothing.
   * @throws Conflict if it was not `dropping`.
   */
  markDropped(table: TableName): Promise<void>;
}
