import { isSentinel } from '../capture/sentinel.ts';
import type { EntityKey } from '../names.ts';
import type { Mark } from '../ports.ts';

/** Maximum number of hot keys that get a sentinel. */
const MOST = 20;
/** Maximum number of keys counted, which bounds memory. */
const COUNTED = 10_000;

/**
 * Counts how often keys return to the journal while leases run out. DynamoDB may isolate a key that is written often in
 * a partition, and so in a shard, of its own, which contains no segment's sentinel. [DynamoDB developer guide, Burst
 * and adaptive capacity]
 */
export class HotKeys {
  readonly #seen = new Map<EntityKey, number>();

  /** Counts the keys of one poll of the journal. */
  see(marks: readonly Mark[]): void {
    for (const { key } of marks) {
      const times = this.#seen.get(key) ?? 0;
      if (isSentinel(key) || (times === 0 && this.#seen.size >= COUNTED)) continue;
      this.#seen.set(key, times + 1);
    }
  }

  /** Returns the keys that returned most often, each at least once. */
  keys(): readonly EntityKey[] {
    return [...this.#seen]
      .filter(([, times]) => times > 1)
      .sort(([, a], [, b]) => b - a)
      .slice(0, MOST)
      .map(([key]) => key);
  }
}
