import type { DeclaredName, Violation } from './passage.ts';

/** Retired words of the glossary, as words of a name in lower case, with a space between them. */
const RETIRED: readonly (readonly [pattern: RegExp, instead: string])[] = [
  // work that is under way is ordinary English
  [/(?<!under )\bway\b|\b(?:moving|leaving)\b/, 'migration'],
  [/\b(?:home|other side)\b/, 'source, target'],
  [/\bforth\b/, 'forward'],
  // to roll back, call back or back off is something else
  [/(?<!roll |rolls |rolled |rolling |fall |call |set )\bback\b(?! off| up)/, 'reverse'],
  [/\b(?:way (?:back|out)|reverts?|reverted|restore[sd]?|put back)\b/, 'rollback'],
  [/\bopen again\b/, 'reopen'],
  // to mark something is a verb with its object
  [/(?<!^)\bmarks?\b|^marks?$|\b(?:marked|told|heard)\b/, 'journal entry, capture'],
  [/\b(?:settles?|settled)\b/, 'drain'],
  [/\b(?:frozen|held source)\b/, 'kept source'],
  [/\b(?:clean ?up record|target claim)\b/, 'undo record'],
  [/\b(?:digests?|fingerprints?)\b/, 'checksum'],
  [/\b(?:let go|(?<!^)turns?(?! on| off)|(?<!^)places?)\b/, 'admission'],
  [/\b(?:rooms?|crowded)\b/, 'free slots, tenant limit'],
  [/\b(?:freeze|stand still)\b/, 'write gap'],
  [/\bproof of life\b/, 'proof of capture'],
  [/\blook(?:s|ed|ing)?\b(?! up)/, 'poll'],
  [/\b(?:notices?|notifications?|telling|tellings)\b/, 'event'],
  // a missed write is a term of its own
  [/\bmissed\b(?! write| record)/, 'dead-letter queue'],
  // what needs something is a verb with its object
  [/\bneeds\b(?! (?!of\b))/, 'permissions'],
  [/\bwhy\b/, 'reason'],
];

/** Returns a name in camel, snake or upper case with spaces between its words. */
export const spaced = (name: string): string =>
  name
    .replaceAll(
      /(?<=\p{Lowercase}|\d)(?=\p{Uppercase})|(?<=\p{Uppercase})(?=\p{Uppercase}\p{Lowercase})/gu,
      ' ',
    )
    .replaceAll('_', ' ');

/** Returns the words of a name in lower case, with a space between them. */
export const wordsOfName = (name: string): string =>
  spaced(name)
    .replaceAll(/[^\p{Letter}\p{Number}]+/gu, ' ')
    .trim()
    .toLowerCase();

/** Finds a retired word in a name. */
export const retiredNames = ({ kind, line, name }: DeclaredName): Violation[] => {
  const words = wordsOfName(name);
  return RETIRED.filter(([pattern]) => pattern.test(words)).map(([, instead]) => ({
    rule: 'retired word in a name',
    line,
    found: `${kind} ${name} (say: ${instead})`,
  }));
};
