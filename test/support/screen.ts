import { cellsOf } from '../../scripts/pictures/screen.ts';

/** Returns the lines that a terminal shows after the output `written`, without colours. */
export const screenOf = (written: string): string[] =>
  cellsOf(written).map((cells) =>
    cells
      .map(({ letter }) => letter)
      .join('')
      .trimEnd(),
  );
