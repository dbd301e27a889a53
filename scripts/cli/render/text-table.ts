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

/** Least width of a column whose text is broken into lines. */
const LEAST_WIDTH = 20;

/**
 * Renders a table whose last column is broken into lines where the terminal is too narrow for it.
 * @param columns width that the table may take; absent to break no line.
 */
export const renderTableWithin = (
  columns: number | undefined,
  head: readonly string[],
  rows: readonly (readonly string[])[],
  aligns: readonly Align[] = [],
): string[] => {
  const last = head.length - 1;
  const before = [head, ...rows].map((row) => row.slice(0, last));
  const taken = Math.max(0, ...renderTable(undefined, before).map(width));
  const left = Math.max(LEAST_WIDTH, (columns ?? Number.POSITIVE_INFINITY) - taken - GAP.length);
  const broken = rows.flatMap((row) => {
    const [first = '', ...more] = wrapWords(row[last] ?? '', left);
    return [[...row.slice(0, last), first], ...more.map((line) => [...Array(last).fill(''), line])];
  });
  return renderTable(head, broken, aligns);
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
