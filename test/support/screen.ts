import { cellsOf } from '../../scripts/pictures/screen.ts';

/** Returns the lines that a terminal shows after `written`, without their colours. */
export const screenOf = (written: string): string[] =>
  cellsOf(written).map((cells) =>
    cells
      .map(({ letter }) => letter)
      .join('')
      .trimEnd(),
  );
