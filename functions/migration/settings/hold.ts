import * as z from 'zod';
import { InvalidRequest } from '../errors.ts';
import { MAX_HOLD_MS } from '../limits.ts';

const DAY_MS = 24 * 60 * 60_000;

/** Time for which a source may be kept after the flip, in ms. */
export const holdSchema = z
  .number()
  .int()
  .min(0)
  .max(
    MAX_HOLD_MS,
    `a hold is at most ${MAX_HOLD_MS / DAY_MS} days: the execution that waits for its end lasts a year at most`,
  );

/** Checks a hold. @param ms how long the source is kept after the flip. @throws InvalidRequest */
export const parseHold = (ms: number): number => {
  const parsed = holdSchema.safeParse(ms);
  if (parsed.success) return parsed.data;
  const isTooLong = ms > MAX_HOLD_MS;
  throw new InvalidRequest(
    isTooLong
      ? (parsed.error.issues[0]?.message ?? 'the hold is too long')
      : `a hold is a whole number of ms of at least 0, not ${ms}`,
  );
};
