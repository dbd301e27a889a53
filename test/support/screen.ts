const ESCAPE = String.fromCharCode(27);
const SEQUENCE = new RegExp(`(${ESCAPE}\\[[?\\d]*[A-Za-z])`);
const MOVE = new RegExp(`^${ESCAPE}\\[(\\d*)([A-Z])`);

/** Returns the lines that a terminal shows after `written`, for the cursor moves that our displays use. */
export const screenOf = (written: string): string[] => {
  const rows: string[][] = [[]];
  let [row, column] = [0, 0];
  for (const part of written.split(SEQUENCE)) {
    const [, amount = '', move] = MOVE.exec(part) ?? [];
    if (move === 'A') row -= Number(amount);
    else if (move === 'G') column = Number(amount) - 1;
    else if (move === 'K') rows[row]?.splice(column);
    else if (move === 'J') {
      rows[row]?.splice(column);
      rows.splice(row + 1);
    }
    if (part.startsWith(ESCAPE)) continue;
    for (const letter of part) {
      if (letter === '\n') [row, column] = [row + 1, 0];
      else {
        rows[row]?.splice(column, 1, letter);
        column += 1;
      }
      rows[row] ??= [];
    }
  }
  return rows.map((letters) => letters.join('').trimEnd());
};
