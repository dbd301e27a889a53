import type { Checksum } from '../../../functions/migration/segment.ts';
import { formatBytes, formatCount } from './figures.ts';
import { renderTable } from './text-table.ts';

export interface ComparedTable {
  readonly title: string;
  /** Absent if the table was named above. */
  readonly table?: string;
  readonly print: Checksum;
}

/** Hex digits of a checksum per line; four lines hold its 256 bits. */
const CHECKSUM_CHARACTERS_PER_LINE = 16;

/** Renders counts, bytes and checksums side by side. A checksum takes four short lines, so that the columns fit a terminal. */
export const renderSides = (sides: readonly ComparedTable[]): string[] => {
  const checksum = (print: Checksum, line: number) =>
    print.checksum.slice(line * CHECKSUM_CHARACTERS_PER_LINE, (line + 1) * CHECKSUM_CHARACTERS_PER_LINE);
  const lines = Math.max(
    1,
    ...sides.map(({ print }) => Math.ceil(print.checksum.length / CHECKSUM_CHARACTERS_PER_LINE)),
  );
  return renderTable(
    ['', ...sides.map(({ title }) => title)],
    [
      ...(sides.some((side) => side.table) ? [['table', ...sides.map((side) => side.table ?? '')]] : []),
      ['items', ...sides.map(({ print }) => formatCount(print.items))],
      ['bytes', ...sides.map(({ print }) => formatCount(print.bytes))],
      ['size', ...sides.map(({ print }) => formatBytes(print.bytes))],
      ...Array.from({ length: lines }, (_, n) => [
        n === 0 ? 'checksum' : '',
        ...sides.map(({ print }) => checksum(print, n)),
      ]),
    ],
  );
};
