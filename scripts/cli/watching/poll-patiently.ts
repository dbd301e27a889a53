import { setTimeout as sleep } from 'node:timers/promises';
import { Throttled, Unavailable } from '../../../functions/migration/errors.ts';

/** Consecutive polls that may fail before the watch gives up. */
const MAX_FAILED_POLLS = 10;

/** True if the service did not answer, or asked for a slower pace: the next poll may succeed. */
export const isTransient = (error: unknown): boolean =>
  error instanceof Throttled || error instanceof Unavailable;

/** Reads again, up to ten times, while the service does not answer. @throws the signal's reason if it aborts */
export const pollPatiently = async <T>(
  read: () => Promise<T>,
  note: (text: string) => void,
  signal: AbortSignal,
): Promise<T> => {
  for (let failed = 0; ; failed += 1) {
    signal.throwIfAborted();
    try {
      return await read();
    } catch (error) {
      if (!isTransient(error) || failed >= MAX_FAILED_POLLS) throw error;
      note('no answer from the service; still watching');
      await sleepUntilAborted(1_000, signal);
    }
  }
};

export const sleepUntilAborted = async (ms: number, signal: AbortSignal): Promise<void> => {
  await sleep(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
};
