/** Tags of actions after changes of this page's own, by the tags that they replaced. */
const replaced = new Map<string, string>();
/** Tags that are remembered. */
const MAX_TAGS = 100;

/** Notes that an action of this page's own, made with the first tag, has led to the second. */
export const noteOwnChange = (before: string, after: string): void => {
  // a tag may come again, and must not lead in a circle
  replaced.delete(after);
  if (before !== after) replaced.set(before, after);
  for (const oldest of replaced.keys()) if (replaced.size > MAX_TAGS) replaced.delete(oldest);
};

/**
 * Returns the tag that a request quotes if the operator sees this one. After an action of their own, operators may act again
 * before the view has been read anew. They must not be told that another operator was first.
 */
export const currentTag = (seen: string): string => {
  let tag = seen;
  for (let next = replaced.get(tag); next !== undefined; next = replaced.get(tag)) tag = next;
  return tag;
};
