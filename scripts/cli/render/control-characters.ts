/**
 * Characters that control a terminal, or the order in which it shows text: the C0 and C1 controls and the marks of
 * bidirectional text. [Unicode, General category Cc; UAX 9, Directional Formatting Characters]
 */
const CONTROLS = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;
const HEX = 16;

const escaped = (character: string): string =>
  `\\u${(character.codePointAt(0) ?? 0).toString(HEX).padStart(4, '0')}`;

/**
 * Returns a line with control characters escaped (`\\u001b`), so that a key, a name or a reason cannot control the
 * terminal.
 */
export const withVisibleControls = (line: string): string => line.replaceAll(CONTROLS, escaped);

/** Does the same for several lines, and keeps the line breaks. */
export const withVisibleControlsPerLine = (text: string): string =>
  text.split('\n').map(withVisibleControls).join('\n');

/** Returns JSON in one line. Escapes the control characters that JSON allows in strings, too, which changes no value. */
export const escapedJson = (document: unknown): string =>
  JSON.stringify(document).replaceAll(CONTROLS, escaped);
