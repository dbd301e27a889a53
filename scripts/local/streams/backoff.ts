const FIRST_MS = 20;
const MOST_MS = 1_000;

/** How long to wait after so many failures in a row, in ms. */
export const backoffMs = (failures: number): number => Math.min(MOST_MS, FIRST_MS * 2 ** (failures - 1));

export const nameOf = (error: unknown): string => (error instanceof Error ? error.name : 'unknown');

/** Failures in a row after which a retry is news: fewer belong to a busy machine, or to a stream that was just created. */
const NEWS = 5;

/** Returns the level for the n-th failure in a row: a warning at the 5th, 10th, 20th and so on. */
export const levelOf = (failures: number): 'info' | 'warn' =>
  Number.isInteger(Math.log2(failures / NEWS)) && failures >= NEWS ? 'warn' : 'info';
