import { closestMatch } from 'leven';

/** Share of a word's letters that a suggestion may differ in. */
const DIFFERING_SHARE = 0.4;

/** Returns ` Did you mean 'x'?` if the mistyped word resembles one of the known ones, else nothing. */
export const didYouMean = (word: string, known: readonly string[]): string => {
  const maxDistance = Math.ceil(word.length * DIFFERING_SHARE);
  const match = closestMatch(word, [...known], { maxDistance });
  return match === undefined ? '' : ` Did you mean '${match}'?`;
};
