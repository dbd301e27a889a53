import { stripVTControlCharacters } from 'node:util';

export type Align = 'left' | 'right';

const GAP = '  ';
const width = (text: string): number => [...stripVTControlCharacters(text)].length;

const pad = (text: string, to: number, align: Align): string => {
  const space = ' '.repeat(Math.max(0, to - width(text)));
  return align === 'right' ? space + text : text + space;
};

/** Renders rows as columns, each as wide as its widest cell; no line ends in spaces. */
export const renderTable = (
  head: readonly string[] | undefined,
  rows: readonly (readonly string[])[],
  aligns: readonly Align[] = [],
): string[] => {
  const all = head ? [head, ...rows] : rows;
  const columns = Math.max(0, ...all.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, n) =>
    Math.max(0, ...all.map((row) => width(row[n] ?? ''))),
  );
  const renderRow = (row: readonly string[]) =>
    widths
      .map((to, n) => pad(row[n] ?? '', to, aligns[n] ?? 'left'))
      .join(GAP)
      .trimEnd();
  const rule = widths.map((to) => '-'.repeat(to)).join(GAP);
  return head ? [renderRow(head), rule, ...rows.map(renderRow)] : rows.map(renderRow);
};

export const indent = (lines: readonly string[], by = 2): string[] =>
  lines.map((renderRow) => (renderRow === '' ? '' : ' '.repeat(by) + renderRow));

/** Breaks a text into lines at its spaces. A word that is longer than a line has a line of its own. */
export const wrapWords = (text: string, columns: number): string[] => {
  const lines: string[] = [];
  for (const word of text.split(/\s+/).filter((part) => part !== '')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= columns)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
};
