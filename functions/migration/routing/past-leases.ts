import { isSentinel } from '../capture/sentinel.ts';
import { wasAfterFence } from '../clean-up/before-fence.ts';
import { compareKeys } from '../items.ts';
import type { EntityKey } from '../names.ts';
import type { CapturedKey, Mark } from '../ports.ts';

/**
 * Finds writes that came under the fence after every lease had run out: no process makes them that writes through the
 * router. The sentinels are put after the leases, so a change that follows both sentinels around its key in the stream is
 * such a write. A shard that holds neither sentinel proves nothing, so this is for an operator, and decides about no key.
 */
export class PastLeases {
  readonly #sentinels: readonly EntityKey[];
  readonly #seen = new Map<EntityKey, Mark>();

  /** @param sentinels keys of this try's sentinels, put after the leases; more may be added while it drains. */
  constructor(sentinels: readonly EntityKey[]) {
    this.#sentinels = sentinels;
  }

  /** Journal entries of the live side, as one look found them. */
  see(marks: readonly Mark[]): void {
    for (const mark of marks) this.#seen.set(mark.key, mark);
  }

  /** The keys that were written, in key order. */
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
