import { createHash } from 'node:crypto';
import type { EntityKey, TenantId } from '../names.ts';
import { keyAttributes, type TableIndex } from '../settings/settings.ts';
import { byKeyOrder, type Item, keyOf } from './items.ts';

/**
 * Ends the tenant's id within a value. No tenant id contains it, so `cedar#` is not the beginning of a value of
 * `cedar-valley`.
 */
const SEPARATOR = '#';

/**
 * True if an index may be queried under this partition key value on behalf of the tenant: the value is the tenant's id,
 * or begins with the id and `#`. Under any other value the index may hold items of other tenants (I4).
 */
export const isOwnIndexValue = (tenantId: TenantId, value: string): boolean =>
  value === tenantId || value.startsWith(`${tenantId}${SEPARATOR}`);

export const ownIndexValue = (tenantId: TenantId, rest: string): string => `${tenantId}${SEPARATOR}${rest}`;

/** True if the item has all key attributes of the index. [Using global secondary indexes, Attribute projections] */
export const isInIndex = (index: TableIndex, item: Item): boolean =>
  keyAttributes(index).every(({ name, type }) => item[name]?.[type] !== undefined);

/** Returns the hash that replaces a value in control records, which contain no values of items. */
export const indexValueHash = (value: string): string =>
  createHash('sha256').update(value).digest('hex').slice(0, 16);

/** Number of items with a value, and the key of the first of them. */
export interface CountedValue {
  readonly items: number;
  readonly key: EntityKey;
}

/** The values of one index, by their hashes, as an unfinished reading has counted them. */
export interface IndexValueCounts {
  readonly index: string;
  readonly uncountedItems: number;
  readonly values: Readonly<Record<string, CountedValue>>;
}

/**
 * The partition key values of one index that a tenant's items have, each with its number of items. They are identified
 * by their hashes, so that intermediate counts can be saved.
 */
export class IndexValues {
  readonly #tenantId: TenantId;
  readonly #index: TableIndex;
  readonly #values: Map<string, CountedValue>;
  readonly #only: ReadonlySet<string> | undefined;
  #foreign: number;

  /**
   * @param earlier the counts of an earlier slice of the reading.
   * @param only hashes of the values to count; absent for all.
   */
  constructor(
    tenantId: TenantId,
    index: TableIndex,
    {
      earlier,
      only,
    }: { earlier?: IndexValueCounts | undefined; only?: ReadonlySet<string> | undefined } = {},
  ) {
    this.#tenantId = tenantId;
    this.#index = index;
    this.#only = only;
    this.#values = new Map(Object.entries(earlier?.values ?? {}));
    this.#foreign = earlier?.uncountedItems ?? 0;
  }

  add(item: Item): void {
    if (!isInIndex(this.#index, item)) return;
    const value = this.valueOf(item);
    if (value === undefined) {
      this.#foreign += 1;
      return;
    }
    const hash = indexValueHash(value);
    if (this.#only && !this.#only.has(hash)) return;
    const before = this.#values.get(hash);
    this.#values.set(hash, { items: (before?.items ?? 0) + 1, key: before?.key ?? keyOf(item) });
  }

  /** Returns an item's value in this index; undefined if other tenants may have the same value. */
  valueOf(item: Item): string | undefined {
    const value = item[this.#index.partitionKey.name]?.S;
    return value !== undefined && isOwnIndexValue(this.#tenantId, value) ? value : undefined;
  }

  /** Number of items in the index under values that other tenants may have too. */
  get uncountedItems(): number {
    return this.#foreign;
  }

  /** Number of different values. */
  get size(): number {
    return this.#values.size;
  }

  /** Returns the count of the value with this hash; undefined if no item has the value any more. */
  withHash(hash: string): CountedValue | undefined {
    return this.#values.get(hash);
  }

  /**
   * Returns the state from which another slice continues.
   * @param only hashes of the values that it needs; absent for all
   */
  soFar(only?: ReadonlySet<string>): IndexValueCounts {
    return {
      index: this.#index.name,
      uncountedItems: this.#foreign,
      values: Object.fromEntries([...this.#values].filter(([hash]) => only?.has(hash) ?? true)),
    };
  }

  /**
   * Returns the hashes of all values if there are at most `limit`. Otherwise half of the result are the values with the
   * most items, and the other half are spread evenly over the rest, in the order of their first items.
   */
  sample(limit: number): string[] {
    const byKey = (a: CountedValue, b: CountedValue) => byKeyOrder(a.key, b.key);
    const byItems = [...this.#values].sort(([, a], [, b]) => b.items - a.items || byKey(a, b));
    if (byItems.length <= limit) return byItems.map(([hash]) => hash);
    const largest = byItems.slice(0, Math.ceil(limit / 2));
    const rest = byItems.slice(largest.length).sort(([, a], [, b]) => byKey(a, b));
    const step = rest.length / (limit - largest.length);
    const spread = rest.filter((_, n) => Math.floor(n / step) !== Math.floor((n - 1) / step));
    return [...largest, ...spread].map(([hash]) => hash);
  }
}
