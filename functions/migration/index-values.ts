import { createHash } from 'node:crypto';
import type { Item } from './items.ts';
import type { TenantId } from './names.ts';
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

/** The partition key values of one index that a tenant's items carry, each with its number of items. */
export class IndexValues {
  readonly items = new Map<string, number>();
  readonly #tenantId: TenantId;
  readonly #index: TableIndex;
  #foreign = 0;
  #byHash: ReadonlyMap<string, string> | undefined;

  constructor(tenantId: TenantId, index: TableIndex) {
    this.#tenantId = tenantId;
    this.#index = index;
  }

  add(item: Item): void {
    if (!isInIndex(this.#index, item)) return;
    const value = item[this.#index.partitionKey.name]?.S;
    if (value === undefined || !isOwnIndexValue(this.#tenantId, value)) this.#foreign += 1;
    else this.items.set(value, (this.items.get(value) ?? 0) + 1);
  }

  /** Items in the index under values that other tenants may have too. */
  get uncountedItems(): number {
    return this.#foreign;
  }

  /** The value that has this hash; undefined if no item has it any more. */
  withHash(hash: string): string | undefined {
    this.#byHash ??= new Map([...this.items.keys()].map((value) => [indexValueHash(value), value]));
    return this.#byHash.get(hash);
  }

  /**
   * All values if there are no more than `limit`; else one half of `limit` are those with the most items, and the other
   * half are spread evenly over the rest in the order of the values.
   */
  sample(limit: number): string[] {
    const byItems = [...this.items]
      .sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
      .map(([value]) => value);
    if (byItems.length <= limit) return byItems;
    const largest = byItems.slice(0, Math.ceil(limit / 2));
    const rest = byItems.slice(largest.length).sort();
    const step = rest.length / (limit - largest.length);
    const spread = rest.filter((_, n) => Math.floor(n / step) !== Math.floor((n - 1) / step));
    return [...largest, ...spread];
  }
}
