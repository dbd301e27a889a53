/** Adds data to an iterator that a layer needs when a reader passes the iterator back. */
export const tag = (iterator: string, ...tags: readonly string[]): string =>
  JSON.stringify([iterator, ...tags]);

/** Returns the iterator and its tags, in the order in which they were given. */
export const untag = (text: string): readonly [iterator: string, ...tags: string[]] => {
  const [iterator, ...tags]: string[] = JSON.parse(text);
  return [iterator ?? '', ...tags];
};
