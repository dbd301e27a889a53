import type { Passage, Violation } from './passage.ts';

/**
 * Words and phrases that are refused in prose and in names. Each was replaced by one word of docs/glossary.md, or names an
 * actor that has a name.
 */
export const REFUSED: readonly (readonly [word: string, pattern: RegExp, instead: string])[] = [
  ['forth', /\bforth\b/gi, 'forward'],
  ['roll-back', /\brolls?-backs?\b/gi, 'rollback (noun), roll back (verb)'],
  ['called back', /\bcalled[\s-]+back\b/gi, 'cancelled'],
  ['way back', /\bway[\s-]+back\b/gi, 'rollback'],
  ['way out', /\bways?[\s-]+out\b/gi, 'rollback'],
  ['digest', /\bdigests?\b/gi, 'checksum'],
  ['fingerprint', /\bfingerprint(?:s|ed|ing)?\b/gi, 'checksum'],
  ['frozen source', /\bfrozen[\s-]+source\b/gi, 'kept source'],
  ['held source', /\bheld[\s-]+source\b/gi, 'kept source'],
  ['let go ahead', /\blets?[\s-]+go[\s-]+ahead\b/gi, 'admit'],
  ['crowded', /\bcrowded\b/gi, 'over its tenant limit'],
  ['nobody', /\b(?:nobody|no one)\b/gi, 'no writer, no process, no operator'],
  ['somebody', /\b(?:somebody|someone)\b/gi, 'the operator, the caller, another process'],
  ['whoever', /\bwhoever\b/gi, 'the actor by its name'],
];

/** Matches any of them: most passages contain none. */
const ANY = new RegExp(REFUSED.map(([, { source }]) => source).join('|'), 'i');

/** Finds the refused words of a passage. Names in it are one word each. */
export const refusedWords = ({ line, text }: Passage): Violation[] =>
  !ANY.test(text)
    ? []
    : REFUSED.flatMap(([word, pattern, instead]) =>
        [...text.matchAll(pattern)].map(({ index }) => ({
          rule: 'refused word',
          line: line + text.slice(0, index).split('\n').length - 1,
          found: `${word} (say: ${instead})`,
        })),
      );
