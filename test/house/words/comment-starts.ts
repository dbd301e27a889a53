import type { Passage, Violation } from './passage.ts';

const REFUSED_START = /^(?:of|what|who|whose|whether|where|how)\b/i;

/** Finds a comment that starts as a genitive without its noun, or as an indirect question. */
export const commentStarts = ({ line, text }: Passage): Violation[] =>
  REFUSED_START.test(text)
    ? [{ rule: 'start of a comment', line, found: text.split(/\s+/).slice(0, 6).join(' ') }]
    : [];
