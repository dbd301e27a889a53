import { isSentinel } from '../capture/sentinel.ts';
import type { EntityKey } from '../names.ts';
import type { Mark } from '../ports.ts';

/** Hot keys beside which sentinels are put. */
const MOST = 20;
/** Keys that are counted: memory is bounded however many change. */
const COUNTED = 10_000;

/**
 * Counts how often keys come back to the journal while leases run out. DynamoDB may move a key that is written often to a
 * partition, and so to a shard, of its own, which holds none of the segments' sentinels.
 * [DynamoDB developer guide, Burst and adaptive capacity]
 */
export class HotKeys {
  readonly #seen = new Map<EntityKey, number>();

  /** Counts one look at the journal. */
  see(marks: readonly Mark[]): void {
    for (const { key } of marks) {
      const times = this.#seen.get(key) ?? 0;
      if (isSentinel(key) || (times === 0 && this.#seen.size >= COUNTED)) continue;
      this.#seen.set(key, times + 1);
    }
  }

  /** The keys that came back most often, at least once. */
  keys(): readonly EntityKey[] {
    return [...this.#seen]
      .filter(([, times]) => times > 1)
      .sort(([, a], [, b]) => b - a)
      .slice(0, MOST)
      .map(([key]) => key);
  }
}
