import { createHash } from 'node:crypto';
import { compareKeys, type Item, keyOf } from './items.ts';
import type { EntityKey, TenantId } from './names.ts';
import { keyAttributes, type TableIndex } from './settings.ts';

/** Ends the tenant's id within a value: no tenant id holds it, so `cedar#` begins no value of tenant `cedar-valley`. */
const SEPARATOR = '#';

/**
 * True if an index may be queried under this partition key value in the tenant's name: it is the tenant's id, or begins
 * with the id and `#`. Under any other value the index may hold items of other tenants (I4).
 */
export const isOwnIndexValue = (tenantId: TenantId, value: string): boolean =>
  value === tenantId || value.startsWith(`${tenantId}${SEPARATOR}`);

export const ownIndexValue = (tenantId: TenantId, rest: string): string => `${tenantId}${SEPARATOR}${rest}`;

/** An index holds an item that has all its key attributes. [Using global secondary indexes, Attribute projections] */
export const isInIndex = (index: TableIndex, item: Item): boolean =>
  keyAttributes(index).every(({ name, type }) => item[name]?.[type] !== undefined);

/** Stands for a value in our records, which hold no values of items. */
export const indexValueHash = (value: string): string =>
  createHash('sha256').update(value).digest('hex').slice(0, 16);

/** The number of items that carry a value, and the key of the first of them. */
export interface CountedValue {
  readonly items: number;
  readonly key: EntityKey;
}

/** The values of one index, by their hashes, as an unfinished reading has counted them. */
export interface IndexValuesSoFar {
  readonly index: string;
  readonly uncountedItems: number;
  readonly values: Readonly<Record<string, CountedValue>>;
}

/**
 * The partition key values of one index that a tenant's items carry, each with its number of items. They are known by their
 * hashes, so that what has been counted can be saved.
 */
export class IndexValues {
  readonly #tenantId: TenantId;
  readonly #index: TableIndex;
  readonly #values: Map<string, CountedValue>;
  readonly #only: ReadonlySet<string> | undefined;
  #foreign: number;

  /**
   * @param earlier what an earlier slice of the reading has counted.
   * @param only hashes of the values to count; absent for all.
   */
  constructor(
    tenantId: TenantId,
    index: TableIndex,
    {
      earlier,
      only,
    }: { earlier?: IndexValuesSoFar | undefined; only?: ReadonlySet<string> | undefined } = {},
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

  /** Returns an item's value in this index; undefined if other tenants may have it too. */
  valueOf(item: Item): string | undefined {
    const value = item[this.#index.partitionKey.name]?.S;
    return value !== undefined && isOwnIndexValue(this.#tenantId, value) ? value : undefined;
  }

  /** Items in the index under values that other tenants may have too. */
  get uncountedItems(): number {
    return this.#foreign;
  }

  /** Number of different values. */
  get size(): number {
    return this.#values.size;
  }

  /** Returns the count of the value that has this hash; undefined if no item has it any more. */
  withHash(hash: string): CountedValue | undefined {
    return this.#values.get(hash);
  }

  /** Returns what another slice goes on from. @param only hashes of the values that it needs; absent for all */
  soFar(only?: ReadonlySet<string>): IndexValuesSoFar {
    return {
      index: this.#index.name,
      uncountedItems: this.#foreign,
      values: Object.fromEntries([...this.#values].filter(([hash]) => only?.has(hash) ?? true)),
    };
  }

  /**
   * Returns the hashes of all values if there are no more than `limit`; else one half of `limit` are those with the most
   * items, and the other half are spread evenly over the rest in the order of their first items.
   */
  sample(limit: number): string[] {
    const byKey = (a: CountedValue, b: CountedValue) => compareKeys(a.key, b.key);
    const byItems = [...this.#values].sort(([, a], [, b]) => b.items - a.items || byKey(a, b));
    if (byItems.length <= limit) return byItems.map(([hash]) => hash);
    const largest = byItems.slice(0, Math.ceil(limit / 2));
    const rest = byItems.slice(largest.length).sort(([, a], [, b]) => byKey(a, b));
    const step = rest.length / (limit - largest.length);
    const spread = rest.filter((_, n) => Math.floor(n / step) !== Math.floor((n - 1) / step));
    return [...largest, ...spread].map(([hash]) => hash);
  }
}
