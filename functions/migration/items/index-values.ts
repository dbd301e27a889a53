import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { EntityKey, TenantId } from '../names.ts';
import { type FieldsOf, named } from '../record-fields.ts';
import { keyAttributes, type TableIndex } from '../settings/settings.ts';
import { byKeyOrder, type Item } from './items.ts';
import { DEFAULT_LAYOUT, type KeyLayout } from './key-layout.ts';

/**
 * True if an index may be queried under this partition key value on behalf of the tenant: the value is the tenant's id,
 * or begins with the id and `#`, each behind a template's text. Under any other value the index may hold items of other
 * tenants (I4).
 * @param index name of the index; absent for one without a template of its own.
 */
export const isOwnIndexValue = (
  tenantId: TenantId,
  value: string,
  layout: KeyLayout = DEFAULT_LAYOUT,
  index = '',
): boolean => {
  const { values, beginnings } = layout.ownIndexValues(tenantId, index);
  return values.includes(value) || beginnings.some((text) => value.startsWith(text));
};

/** Returns a value of an index that is the tenant's own. */
export const ownIndexValue = (tenantId: TenantId, rest: string, layout: KeyLayout, index: string): string =>
  `${layout.ownIndexValues(tenantId, index).beginnings[0]}${rest}`;

/** True if the item has all key attributes of the index. [Using global secondary indexes, Attribute projections] */
export const isInIndex = (index: TableIndex, item: Item): boolean =>
  keyAttributes(index).every(({ name, type }) => item[name]?.[type] !== undefined);

/** Returns the hash that replaces a value in control records, which contain no values of items. */
export const indexValueHash = (value: string): string =>
  createHash('sha256').update(value).digest('hex').slice(0, 16);

/** Number of items with a value, and the key of the first of them. */
export const CountedValue = z.object({
  items: z.number(),
  key: named.text<EntityKey>(),
});
export type CountedValue = FieldsOf<typeof CountedValue>;

/** The values of one index, by their hashes, as an unfinished reading has counted them. */
export const IndexValueCounts = z.object({
  index: z.string(),
  uncountedItems: z.number(),
  values: z.record(z.string(), CountedValue),
});
export type IndexValueCounts = FieldsOf<typeof IndexValueCounts>;

/**
 * The partition key values of one index that a tenant's items have, each with its number of items. They are identified
 * by their hashes, so that intermediate counts can be saved.
 */
export class IndexValues {
  readonly #tenantId: TenantId;
  readonly #index: TableIndex;
  readonly #layout: KeyLayout;
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
      layout = DEFAULT_LAYOUT,
    }: {
      earlier?: IndexValueCounts | undefined;
      only?: ReadonlySet<string> | undefined;
      layout?: KeyLayout;
    } = {},
  ) {
    this.#tenantId = tenantId;
    this.#index = index;
    this.#layout = layout;
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
    this.#values.set(hash, { items: (before?.items ?? 0) + 1, key: before?.key ?? this.#layout.keyOf(item) });
  }

  /** Returns an item's value in this index; undefined if other tenants may have the same value. */
  valueOf(item: Item): string | undefined {
    const value = item[this.#index.partitionKey.name]?.S;
    return value !== undefined && isOwnIndexValue(this.#tenantId, value, this.#layout, this.#index.name)
      ? value
      : undefined;
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
