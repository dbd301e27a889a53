/** Returns the first `limit` elements of an iterable. */
export const firstOrUndefined = async <T>(source: AsyncIterable<T>, limit: number): Promise<T[]> => {
  const all: T[] = [];
  for await (const one of source) {
    if (all.length >= limit) break;
    all.push(one);
  }
  return all;
};
