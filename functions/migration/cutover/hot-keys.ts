import { isSentinel } from '../items/sentinel.ts';
import type { JournalEntry } from '../journal/journal-port.ts';
import type { EntityKey } from '../names.ts';

/** Maximum number of hot keys that get a sentinel. */
const MAX_HOT_KEYS = 20;
/** Maximum number of keys counted, which bounds memory. */
const MAX_COUNTED_KEYS = 10_000;

/**
 * Counts how often keys return to the journal while leases run out. DynamoDB may isolate a key that is written often in
 * a partition, and so in a shard, of its own, which contains no segment's sentinel. [DynamoDB developer guide, Burst
 * and adaptive capacity]
 */
export class HotKeys {
  readonly #seen = new Map<EntityKey, number>();

  /** Counts the keys of one poll of the journal. */
  see(entries: readonly JournalEntry[]): void {
    for (const { key } of entries) {
      const times = this.#seen.get(key) ?? 0;
      if (isSentinel(key) || (times === 0 && this.#seen.size >= MAX_COUNTED_KEYS)) continue;
      this.#seen.set(key, times + 1);
    }
  }

  /** Returns the keys that returned most often, each at least once. */
  keys(): readonly EntityKey[] {
    return [...this.#seen]
      .filter(([, times]) => times > 1)
      .sort(([, a], [, b]) => b - a)
      .slice(0, MAX_HOT_KEYS)
      .map(([key]) => key);
  }
}
