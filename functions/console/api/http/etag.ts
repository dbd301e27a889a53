import { createHash } from 'node:crypto';

/** Characters of the hash: 128 bits and a bit more. */
const LENGTH = 22;

/** Returns the strong entity tag of a document, as it stands in the header. [RFC 9110, ETag] */
export const etagOf = (document: unknown): string =>
  `"${createHash('sha256').update(JSON.stringify(document)).digest('base64url').slice(0, LENGTH)}"`;

/** True if a list of entity tags, as `If-Match` and `If-None-Match` have it, names this one. */
export const namesEtag = (list: string, etag: string): boolean =>
  list.trim() === '*' || list.split(',').some((one) => one.trim().replace(/^W\//, '') === etag);
