const FIRST_MS = 20;
const MAX_MS = 1_000;

/** Returns the time to wait after this many consecutive failures, in ms. */
export const backoffMs = (failures: number): number => Math.min(MAX_MS, FIRST_MS * 2 ** (failures - 1));

export const nameOf = (error: unknown): string => (error instanceof Error ? error.name : 'unknown');

/** Consecutive failures from which on a retry is a warning: fewer are normal on a busy machine or for a new stream. */
const LOGGED_TRIES = 5;

/** Returns the log level for the n-th consecutive failure: a warning at the 5th, 10th, 20th and so on. */
export const levelOf = (failures: number): 'info' | 'warn' =>
  Number.isInteger(Math.log2(failures / LOGGED_TRIES)) && failures >= LOGGED_TRIES ? 'warn' : 'info';
