/** What moves the cursor, hides text or turns its direction, and what is no character by itself. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;

/**
 * A text of the application's, such as a key, for a terminal: what could change the screen is shown by its number, as
 * JavaScript writes it (`\u{1b}`), so that the text can still be told from others.
 */
export const printable = (text: string): string =>
  text.replaceAll(UNPRINTABLE, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
