/** Bounds of the pauses after the first failed try and after any, in ms. */
const MAX_PAUSE_MS = { first: 100, any: 2_000 };

/**
 * Returns the pause between two tries of a throttled call, in ms: random between 0 and a bound that doubles with each try.
 * @param tries the number of failed tries in a row, from 1.
 */
export const retryPauseMs = (tries: number, random: () => number): number =>
  Math.min(MAX_PAUSE_MS.first * 2 ** (tries - 1), MAX_PAUSE_MS.any) * random();
