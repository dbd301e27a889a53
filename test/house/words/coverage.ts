/*
 * The files whose words are held, in one place. The list of folders still to come shrinks until it is empty.
 */

/** Contains what the rules refuse, as planted violations and as the words of the rules. */
const RULES = 'test/house/words/';
/** Not written by us, or not text. */
const NOT_OURS = /^(?:LICENSE|CODE_OF_CONDUCT\.md|package-lock\.json|\.gitignore|\.npmrc|\.nvmrc)$/;

/** Folders whose names are still to be replaced; '' is every folder. */
export const NAMES_TO_COME: readonly string[] = [''];

const isIn = (folders: readonly string[], file: string): boolean =>
  folders.some((folder) => file.startsWith(folder));

/** True if any rule applies to this file of the repository. */
export const isOurs = (file: string): boolean => !file.startsWith(RULES) && !NOT_OURS.test(file);
/** True if the test holds the names of this file. */
export const holdsNames = (file: string): boolean => isOurs(file) && !isIn(NAMES_TO_COME, file);
