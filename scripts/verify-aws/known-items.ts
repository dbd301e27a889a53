import { isDeepStrictEqual } from 'node:util';
import { type Item, keyOf } from '../../functions/migration/items/items.ts';
import type { EntityKey } from '../../functions/migration/names.ts';

/** The values that an item of the made-up tenant may have now. */
interface KnownItem {
  acknowledged: Item;
  /** Values of writes without an answer, each of which may have taken effect or may still do so. */
  readonly unknown: Item[];
}

export interface ItemDifferences {
  readonly missing: readonly EntityKey[];
  readonly unexpected: readonly EntityKey[];
  readonly different: readonly EntityKey[];
}

/** The items that a table should hold, according to the answers to the application's writes. */
export class KnownItems {
  readonly #items = new Map<EntityKey, KnownItem>();

  acknowledged(item: Item): void {
    const known = this.#items.get(keyOf(item));
    if (known) known.acknowledged = item;
    else this.#items.set(keyOf(item), { acknowledged: item, unknown: [] });
  }

  /** Notes that the write of a known item ended without an answer. */
  unknown(item: Item): void {
    this.#items.get(keyOf(item))?.unknown.push(item);
  }

  get items(): readonly Item[] {
    return [...this.#items.values()].map(({ acknowledged }) => acknowledged);
  }

  /** Compares the items of a table, attribute by attribute, with those that it should hold. */
  differences(found: readonly Item[]): ItemDifferences {
    const byKey = new Map(found.map((item) => [keyOf(item), item]));
    return {
      missing: [...this.#items.keys()].filter((key) => !byKey.has(key)),
      unexpected: [...byKey.keys()].filter((key) => !this.#items.has(key)),
      different: [...this.#items].flatMap(([key, { acknowledged, unknown }]) => {
        const item = byKey.get(key);
        const isKnown = [acknowledged, ...unknown].some((one) => isDeepStrictEqual(one, item));
        return item && !isKnown ? [key] : [];
      }),
    };
  }
}
