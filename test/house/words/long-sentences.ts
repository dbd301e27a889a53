import type { Passage, Violation } from './passage.ts';

/** Most words of a sentence. */
const MAX_WORDS = 35;

/** A sentence ends before the next one's first letter, at an empty line, or before a list item or a JSDoc tag. */
const BOUNDARY =
  /(?<=[.!?][)"'’”*_]*)\s+(?=["'“(*_[]*[\p{Uppercase}\d]|[\w-]+\.md\b)|\n\s*\n|\n\s*(?=[-*] |\d+\. |@\w)/u;
/** Code counts as one word, however long it is. It may start a sentence. */
const CODE = /`[^`]*`|\{@link [^}]*\}/g;
/** Dots that end no sentence. */
const ABBREVIATION = /\b(e\.g|i\.e|etc|cf|vs)\.(?=\s)/g;

const sentencesOf = (text: string): string[] =>
  text.replaceAll(CODE, 'Code').replaceAll(ABBREVIATION, '$1').split(BOUNDARY);

const wordsOf = (sentence: string): string[] =>
  sentence.split(/\s+/).filter((word) => /[\p{Letter}\p{Number}]/u.test(word));

/** Finds the sentences of a passage that are too long. */
export const longSentences = ({ line, text }: Passage): Violation[] =>
  sentencesOf(text)
    .map(wordsOf)
    .filter((words) => words.length > MAX_WORDS)
    .map((words) => ({
      rule: `sentence over ${MAX_WORDS} words`,
      line,
      found: `${words.length} words: ${words.slice(0, 8).join(' ')} ...`,
    }));
