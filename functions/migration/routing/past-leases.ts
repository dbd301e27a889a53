import { isSentinel } from '../capture/sentinel.ts';
import { wasAfterFence } from '../clean-up/before-fence.ts';
import { compareKeys } from '../items.ts';
import type { EntityKey } from '../names.ts';
import type { CapturedKey, Mark } from '../ports.ts';

/**
 * Finds writes made under the fence after every lease had run out. A process that writes through the router cannot make
 * them. Sentinels are put after the leases have run out, so a change that follows both sentinels around its key in the
 * stream is such a write. In a shard without these sentinels the order proves nothing, so the result only informs an
 * operator and decides nothing about a key.
 */
export class PastLeases {
  readonly #sentinels: readonly EntityKey[];
  readonly #seen = new Map<EntityKey, Mark>();

  /** @param sentinels keys of this try's sentinels, which are put after the leases. The drain may add more. */
  constructor(sentinels: readonly EntityKey[]) {
    this.#sentinels = sentinels;
  }

  /** Takes the live side's journal entries from one read of the journal. */
  see(marks: readonly Mark[]): void {
    for (const mark of marks) this.#seen.set(mark.key, mark);
  }

  /** Returns the keys that were written past the leases, in key order. */
  keys(): readonly EntityKey[] {
    const placed: readonly CapturedKey[] = this.#sentinels
      .flatMap((key) => this.#seen.get(key) ?? [])
      .sort((a, b) => compareKeys(a.key, b.key));
    return [...this.#seen.values()]
      .filter((mark) => !isSentinel(mark.key) && wasAfterFence(mark, placed))
      .map(({ key }) => key)
      .sort(compareKeys);
  }
}
