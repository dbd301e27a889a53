/* The files whose words are held, in one place. */

/** Contains what the rules refuse, as planted violations and as the words of the rules. */
const RULES = 'test/house/words/';
/** Copies of earlier versions, with the words that they had. */
const SNAPSHOTS = /^test\/upgrade\/\d/;
/** Not written by us, or not text. */
const NOT_OURS = /^(?:LICENSE|CODE_OF_CONDUCT\.md|package-lock\.json|\.gitignore|\.npmrc|\.nvmrc)$/;

/** True if the rules apply to this file of the repository: to its prose and to its names. */
export const isOurs = (file: string): boolean =>
  !file.startsWith(RULES) && !SNAPSHOTS.test(file) && !NOT_OURS.test(file);
