import type { DeclaredName, Violation } from './passage.ts';
import { wordsOfName } from './retired-names.ts';

const PARTICIPLE =
  /(?:ed|ing)$|^(?:said|told|found|held|gone|known|seen|left|swept|kept|sent|done|made|taken|given|written|heard|shown)$/;
/** Nouns that only look like participles. */
const NOUNS = new Set(
  'embed feed need seed speed thread binding building finding heading listing mapping meeting pricing reading ring routing setting string testing thing timing tracing warning wiring'.split(
    ' ',
  ),
);

/** Finds a type whose name ends in a participle. Errors are exempt: they name what happened, and the ASL matches them. */
export const participleTypes = ({ kind, line, name }: DeclaredName): Violation[] => {
  const last = wordsOfName(name).split(' ').at(-1) ?? '';
  return kind === 'type' && PARTICIPLE.test(last) && !NOUNS.has(last)
    ? [{ rule: 'participle as a type', line, found: name }]
    : [];
};
