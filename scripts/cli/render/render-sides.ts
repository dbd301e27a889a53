import type { Fingerprint } from '../../../functions/migration/segment.ts';
import { bytes, count } from './figures.ts';
import { table } from './table.ts';

export interface Side {
  readonly title: string;
  /** Absent if the table was named above. */
  readonly table?: string;
  readonly print: Fingerprint;
}

/** Hex digits of a checksum per line; four lines hold its 256 bits. */
const LINE = 16;

/** Renders counts, bytes and checksums side by side. A checksum takes four short lines, so that the columns fit a terminal. */
export const renderSides = (sides: readonly Side[]): string[] => {
  const digest = (print: Fingerprint, line: number) => print.digest.slice(line * LINE, (line + 1) * LINE);
  const lines = Math.max(1, ...sides.map(({ print }) => Math.ceil(print.digest.length / LINE)));
  return table(
    ['', ...sides.map(({ title }) => title)],
    [
      ...(sides.some((side) => side.table) ? [['table', ...sides.map((side) => side.table ?? '')]] : []),
      ['items', ...sides.map(({ print }) => count(print.items))],
      ['bytes', ...sides.map(({ print }) => count(print.bytes))],
      ['size', ...sides.map(({ print }) => bytes(print.bytes))],
      ...Array.from({ length: lines }, (_, n) => [
        n === 0 ? 'checksum' : '',
        ...sides.map(({ print }) => digest(print, n)),
      ]),
    ],
  );
};
