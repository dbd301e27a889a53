import { byKeyOrder } from '../items/items.ts';
import type { CapturedKey, JournalEntry } from '../journal/journal-port.ts';

const NUMBER = /^\d+$/;

/**
 * True if the change behind a journal entry of the source was made before the sentinels of the fence, so the stream has
 * delivered it again. Sequence numbers of one shard are in the order of the changes. The key lies between two
 * sentinels, and the change must precede both, so it does not matter which of their shards it is in. A shard that holds
 * neither proves nothing, so use this only for keys that are equal on both sides.
 * @param sentinels the sentinels that arrived through the source's capture under the fence, in key order.
 */
export const wasBeforeFence = (
  { key, sequence }: JournalEntry,
  sentinels: readonly CapturedKey[],
): boolean => {
  const neighbours = neighboursOf(key, sentinels);
  return neighbours.length > 0 && neighbours.every((sentinel) => isBefore(sequence, sentinel.sequence));
};

/** True if the change was made after the sentinels around its key, as far as their shards show. */
export const wasAfterFence = (
  { key, sequence }: JournalEntry,
  sentinels: readonly CapturedKey[],
): boolean => {
  const neighbours = neighboursOf(key, sentinels);
  return neighbours.length > 0 && neighbours.every((sentinel) => isBefore(sentinel.sequence, sequence));
};

const neighboursOf = (
  key: JournalEntry['key'],
  sentinels: readonly CapturedKey[],
): readonly CapturedKey[] => {
  const next = firstAfter(key, sentinels);
  return sentinels.slice(Math.max(0, next - 1), next + 1);
};

/** Returns the index of the first sentinel whose key sorts after this one. */
const firstAfter = (key: JournalEntry['key'], sentinels: readonly CapturedKey[]): number => {
  let [low, high] = [0, sentinels.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const sentinel = sentinels[middle];
    if (sentinel && byKeyOrder(sentinel.key, key) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
};

/** A journal entry without a stream record has a word instead of a sequence number, and proves nothing. */
const isBefore = (sequence: string, other: string): boolean =>
  NUMBER.test(sequence) && NUMBER.test(other) && BigInt(sequence) < BigInt(other);
