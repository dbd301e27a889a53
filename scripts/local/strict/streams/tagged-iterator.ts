/** Adds to an iterator what a layer has to know when a reader hands it back. */
export const tag = (iterator: string, ...tags: readonly string[]): string =>
  JSON.stringify([iterator, ...tags]);

/** Returns the iterator and its tags, in the order in which they were given. */
export const untag = (text: string): readonly [iterator: string, ...tags: string[]] => {
  const [iterator, ...tags]: string[] = JSON.parse(text);
  return [iterator ?? '', ...tags];
};
