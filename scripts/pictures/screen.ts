const ESCAPE = String.fromCharCode(27);
const SEQUENCE = new RegExp(`(${ESCAPE}\\[[?\\d;]*[A-Za-z])`);
const COMMAND = new RegExp(`^${ESCAPE}\\[([\\d;]*)([A-Za-z])`);

/** A character on a terminal's screen, with its style. */
export interface Cell {
  readonly letter: string;
  /** Code of the text's colour, 31 to 36; 39 for the terminal's own. [ECMA-48, Select graphic rendition] */
  readonly colour: number;
  readonly isDim: boolean;
}

const DEFAULT_COLOUR = 39;
const DIM = 2;
const NOT_DIM = 22;

/** Returns the screen of a terminal after `written`. Supports the cursor moves and colours that our displays use. */
export const cellsOf = (written: string): Cell[][] => {
  const rows: Cell[][] = [[]];
  let [row, column] = [0, 0];
  let [colour, isDim] = [DEFAULT_COLOUR, false];
  for (const part of written.split(SEQUENCE)) {
    const [, given = '', command] = COMMAND.exec(part) ?? [];
    const amount = Number(given);
    if (command === 'A') row -= amount;
    else if (command === 'G') column = amount - 1;
    else if (command === 'K') rows[row]?.splice(column);
    else if (command === 'J') {
      rows[row]?.splice(column);
      rows.splice(row + 1);
    } else if (command === 'm') {
      if (amount === DIM || amount === NOT_DIM) isDim = amount === DIM;
      else colour = amount === 0 ? DEFAULT_COLOUR : amount;
    }
    if (part.startsWith(ESCAPE)) continue;
    for (const letter of part) {
      if (letter === '\n') [row, column] = [row + 1, 0];
      else {
        rows[row]?.splice(column, 1, { letter, colour, isDim });
        column += 1;
      }
      rows[row] ??= [];
    }
  }
  return rows;
};
