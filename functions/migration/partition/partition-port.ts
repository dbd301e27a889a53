import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Item } from '../items/items.ts';
import type { EntityKey, ReadUnits, TableName, WriteUnits } from '../names.ts';
import type { KeyRange } from '../segment.ts';
import type { TableIndex } from '../settings/settings.ts';

export interface Page {
  /** Key to pass as `after` for the next page; absent at the end of the range. */
  readonly last?: EntityKey;
  readonly units: ReadUnits;
}

/**
 * One tenant's partition in any tier table. Every request names the tenant's partition key, so no item of another
 * tenant can be read or written through it (I4). On AWS its credentials are restricted to that tenant.
 */
export interface Partition {
  /** Counts a page of at most `limit` items (and 1 MB), consistently. @throws TableNotFound */
  count(table: TableName, range: KeyRange, limit: number): Promise<Page & { readonly items: number }>;
  /** Reads a page of at most `limit` items (and 1 MB), in key order. @throws TableNotFound */
  read(
    table: TableName,
    range: KeyRange,
    options: { readonly limit: number; readonly consistent: boolean },
  ): Promise<Page & { readonly items: readonly Item[] }>;
  /**
   * Reads the items under these keys consistently, in any order. Keys without an item are missing from the result.
   * @param keys at most 100, all different.
   * @throws TableNotFound @throws Throttled
   */
  get(table: TableName, keys: readonly EntityKey[]): Promise<Item[]>;
  /**
   * Counts a page (1 MB) of the tenant's items in a global index, eventually consistently: an index has no other reads.
   * @param after `next` of the previous page.
   * @throws TypeError if the value is not the tenant's own (I4).
   * @throws TableNotFound
   */
  countInIndex(
    table: TableName,
    index: TableIndex,
    place: IndexPosition,
    after?: Item,
  ): Promise<{ readonly items: number; readonly units: ReadUnits; readonly next?: Item }>;
  /**
   * Puts and deletes at most 25 items with different keys, at most 16 MB as sent, without conditions.
   * @param signal aborts the call once the claim has run out.
   * @returns the operations that were not done (`UnprocessedItems`), to be tried again more slowly.
   * @throws Throttled if nothing was done.
   * @throws TableNotFound
   */
  write(
    table: TableName,
    batch: WriteBatch,
    signal?: AbortSignal,
  ): Promise<{ readonly unprocessed: WriteBatch; readonly units: WriteUnits }>;
}

/**
 * A place in a global index: one of the tenant's own partition key values (`isOwnIndexValue`), with a sort key for one
 * item.
 */
export interface IndexPosition {
  readonly value: string;
  readonly sort?: AttributeValue;
}

export interface WriteBatch {
  readonly puts: readonly Item[];
  readonly deletes: readonly EntityKey[];
}
