import { type Cell, cellsOf } from './screen.ts';
import { element, escaped, svg } from './svg.ts';

/** A terminal's screen at one moment, with a caption. */
export interface Screenshot {
  readonly caption: string;
  /** All output written to the terminal until then, including cursor moves and colours. */
  readonly written: string;
}

const FONT = 'ui-monospace, SFMono-Regular, Menlo, Consolas, DejaVu Sans Mono, monospace';
const SIZE = 13;
/** Width of a character and height of a line, in px. */
const CELL = { width: 7.8, height: 19 };
const MARGIN = 20;
const COLOURS: Readonly<Record<number, string>> = {
  31: '#ff7b72',
  32: '#7ee787',
  33: '#e3b341',
  36: '#76d9e6',
  39: '#e6edf3',
};
const QUIET = '#8b949e';
/** Opacity of the characters of progress bars, which are drawn as areas since fonts leave gaps between them. */
const AREAS: Readonly<Record<string, number>> = { '█': 1, '░': 0.25 };

/** Returns an SVG file with the shots one below the other. */
export const drawTerminal = (title: string, shots: readonly Screenshot[]): string => {
  const content: string[] = [];
  let line = 0;
  let columns = 0;
  for (const { caption, written } of shots) {
    if (line > 0) line += 1;
    content.push(words({ row: line, column: 0, text: caption, fill: QUIET }));
    line += 1;
    const rows = withoutGaps(cellsOf(written));
    columns = Math.max(columns, ...rows.map((cells) => textOf(cells).trimEnd().length));
    for (const [n, cells] of rows.entries()) content.push(...runs(cells, line + n));
    line += rows.length;
  }
  return svg({
    width: Math.ceil(columns * CELL.width) + 2 * MARGIN,
    height: line * CELL.height + 2 * MARGIN,
    title,
    background: '#0d1117',
    border: '#30363d',
    font: FONT,
    content,
  });
};

/** Reduces consecutive empty lines to one, and removes those at the end. */
const withoutGaps = (rows: readonly Cell[][]): Cell[][] => {
  const isEmpty = (cells: readonly Cell[] | undefined) => textOf(cells ?? []).trim() === '';
  const visibleRows = rows.filter((cells, n) => !isEmpty(cells) || !isEmpty(rows[n - 1]));
  return isEmpty(visibleRows.at(-1)) ? visibleRows.slice(0, -1) : visibleRows;
};

const textOf = (cells: readonly Cell[]): string => cells.map(({ letter }) => letter).join('');

/** Draws a row as runs of characters with the same style. */
const runs = (cells: readonly Cell[], row: number): string[] => {
  const drawn: string[] = [];
  for (let from = 0; from < cells.length; ) {
    const first = cells[from];
    if (!first) break;
    const isAlike = (cell: Cell | undefined) =>
      cell?.colour === first.colour &&
      cell.isDim === first.isDim &&
      AREAS[cell.letter] === AREAS[first.letter];
    let to = from + 1;
    while (isAlike(cells[to])) to += 1;
    const fill = first.isDim ? QUIET : (COLOURS[first.colour] ?? COLOURS[39] ?? QUIET);
    const opacity = AREAS[first.letter];
    const text = textOf(cells.slice(from, to));
    if (opacity !== undefined) drawn.push(area({ row, column: from, length: to - from, fill, opacity }));
    else if (text.trim() !== '') drawn.push(words({ row, column: from, text, fill }));
    from = to;
  }
  return drawn;
};

const xOf = (column: number): number => roundCoordinate(MARGIN + column * CELL.width);
const roundCoordinate = (px: number): number => Math.round(px * 10) / 10;

const area = ({
  row,
  column,
  length,
  fill,
  opacity,
}: {
  readonly row: number;
  readonly column: number;
  readonly length: number;
  readonly fill: string;
  readonly opacity: number;
}): string =>
  element('rect', {
    x: xOf(column),
    y: MARGIN + row * CELL.height + 3,
    width: roundCoordinate(length * CELL.width),
    height: CELL.height - 7,
    fill,
    'fill-opacity': opacity,
  });

/** Draws a text with a fixed length, so that columns are aligned in any font. */
const words = ({
  row,
  column,
  text,
  fill,
}: {
  readonly row: number;
  readonly column: number;
  readonly text: string;
  readonly fill: string;
}): string => {
  const visibleRows = text.trimEnd();
  const indent = visibleRows.length - visibleRows.trimStart().length;
  return element(
    'text',
    {
      x: xOf(column + indent),
      y: MARGIN + row * CELL.height + SIZE,
      'font-size': SIZE,
      textLength: roundCoordinate((visibleRows.length - indent) * CELL.width),
      lengthAdjust: 'spacingAndGlyphs',
      fill,
      'xml:space': 'preserve',
    },
    escaped(visibleRows.trimStart()),
  );
};
