/** Number of partitions for the journal entries of one side: one partition takes 1,000 writes per second. */
export const BUCKETS = 8;
export const BUCKET_NUMBERS: readonly number[] = Array.from({ length: BUCKETS }, (_, n) => n);

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/**
 * Returns the bucket of a key: FNV-1a of its UTF-8, with the halves folded, since the last bits alone depend little on the
 * key.
 */
export const bucketOf = (key: string): number => {
  let hash = FNV_OFFSET;
  for (const byte of Buffer.from(key)) hash = Math.imul(hash ^ byte, FNV_PRIME);
  return ((hash >>> 16) ^ (hash & 0xffff)) % BUCKETS;
};

/** Takes the next items of an iterator, which can be continued afterwards. */
export const takePage = async <T>(from: AsyncIterator<T>, items: number): Promise<T[]> => {
  const taken: T[] = [];
  while (taken.length < items) {
    const next = await from.next();
    if (next.done) break;
    taken.push(next.value);
  }
  return taken;
};
