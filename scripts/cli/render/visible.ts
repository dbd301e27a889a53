/**
 * Characters that control a terminal, or the order in which it shows text: the C0 and C1 controls and the marks of
 * bidirectional text. [Unicode, General category Cc; UAX 9, Directional Formatting Characters]
 */
const CONTROLS = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;
const HEX = 16;

const escaped = (character: string): string =>
  `\\u${(character.codePointAt(0) ?? 0).toString(HEX).padStart(4, '0')}`;

/** Returns a line with each control character as `\\u001b`, so that a key, a name or a reason changes nothing but the text. */
export const visible = (line: string): string => line.replaceAll(CONTROLS, escaped);

/** The same for several lines: line breaks stay. */
export const visibleLines = (text: string): string => text.split('\n').map(visible).join('\n');

/** JSON in one line; the control characters that JSON allows within a string are escaped too, which changes no value. */
export const escapedJson = (document: unknown): string =>
  JSON.stringify(document).replaceAll(CONTROLS, escaped);
