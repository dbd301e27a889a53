/** Characters that move the cursor, hide text or reverse its direction, and lone surrogates. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;

/**
 * Makes a text of the application, such as a key, safe for a terminal. Characters that could change the screen are
 * shown as JavaScript escapes (`\u{1b}`), so that different texts still look different.
 */
export const withoutControlCharacters = (text: string): string =>
  text.replaceAll(UNPRINTABLE, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
