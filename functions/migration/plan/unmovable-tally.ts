import type { EntityKey } from '../names.ts';
import type { UnmovableItems, UnmovableKind } from '../segment.ts';

/** Maximum number of keys kept per reason, and in total: they share a record (400 KB) with other data. */
const KEYS = 5;
const KEYS_IN_ALL = 20;

/** Counts the items that cannot be moved by reason, and keeps the first keys of each. */
export class UnmovableTally {
  readonly #found = new Map<
    string,
    { kind: UnmovableKind; attribute?: string; items: number; keys: EntityKey[] }
  >();
  #kept = 0;

  add({ kind, attribute, items, keys }: UnmovableItems): void {
    const id = `${kind} ${attribute ?? ''}`;
    const known = this.#found.get(id) ?? {
      kind,
      attribute,
      items: 0,
      keys: [],
    };
    known.items += items;
    const freeSlots = Math.max(0, Math.min(KEYS - known.keys.length, KEYS_IN_ALL - this.#kept));
    const kept = keys.slice(0, freeSlots);
    known.keys.push(...kept);
    this.#kept += kept.length;
    this.#found.set(id, known);
  }

  value(): { unmovable?: readonly UnmovableItems[] } {
    return this.#found.size === 0 ? {} : { unmovable: [...this.#found.values()] };
  }
}
