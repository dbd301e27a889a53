import * as z from 'zod';
import { InvalidRequest } from './errors.ts';
import { MAX_HOLD_MS } from './limits.ts';

const DAY_MS = 24 * 60 * 60_000;

/** Time for which a source may be kept after the flip. */
export const holdSchema = z
  .number()
  .int()
  .min(0)
  .max(
    MAX_HOLD_MS,
    `a hold is at most ${MAX_HOLD_MS / DAY_MS} days: the execution that waits for its end lives for a year`,
  );

/** @param ms how long the source is to be kept after the flip. @throws InvalidRequest */
export const parseHold = (ms: number): number => {
  const parsed = holdSchema.safeParse(ms);
  if (parsed.success) return parsed.data;
  const isTooLong = ms > MAX_HOLD_MS;
  throw new InvalidRequest(
    isTooLong
      ? (parsed.error.issues[0]?.message ?? 'the hold is too long')
      : `a hold is a whole number of ms from 0, not ${ms}`,
  );
};
