/** An iterator of what lies below, with what a layer has to know about it; a reader only hands it back. */
export const tagged = (iterator: string, ...tags: readonly string[]): string =>
  JSON.stringify([iterator, ...tags]);

/** The iterator and its tags, in the order in which they were given. */
export const untagged = (text: string): readonly [iterator: string, ...tags: string[]] => {
  const [iterator, ...tags]: string[] = JSON.parse(text);
  return [iterator ?? '', ...tags];
};
