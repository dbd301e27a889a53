import { byKeyOrder } from '../items/items.ts';
import { isSentinel } from '../items/sentinel.ts';
import type { CapturedKey, JournalEntry } from '../journal/journal-port.ts';
import type { EntityKey } from '../names.ts';
import { wasAfterFence } from './before-fence.ts';

/**
 * Finds writes made under the fence after every lease had run out. A process that writes through the router cannot make
 * them. Sentinels are put after the leases have run out, so a change that follows both sentinels around its key in the
 * stream is such a write. In a shard without these sentinels the order proves nothing, so the result only informs an
 * operator and decides nothing about a key.
 */
export class WritesPastLeases {
  readonly #sentinels: readonly EntityKey[];
  readonly #seen = new Map<EntityKey, JournalEntry>();

  /** @param sentinels keys of this try's sentinels, which are put after the leases. The drain may add more. */
  constructor(sentinels: readonly EntityKey[]) {
    this.#sentinels = sentinels;
  }

  /** Takes the live side's journal entries from one read of the journal. */
  see(entries: readonly JournalEntry[]): void {
    for (const entry of entries) this.#seen.set(entry.key, entry);
  }

  /** Returns the keys that were written past the leases, in key order. */
  keys(): readonly EntityKey[] {
    const placed: readonly CapturedKey[] = this.#sentinels
      .flatMap((key) => this.#seen.get(key) ?? [])
      .sort((a, b) => byKeyOrder(a.key, b.key));
    return [...this.#seen.values()]
      .filter((entry) => !isSentinel(entry.key) && wasAfterFence(entry, placed))
      .map(({ key }) => key)
      .sort(byKeyOrder);
  }
}
