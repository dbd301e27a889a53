import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../migration/clock-port.ts';
import { epochMs } from '../migration/names.ts';

export const systemClock: Clock = {
  now: () => epochMs(Date.now()),
  monotonic: () => performance.now(),
  async sleep(ms, signal) {
    try {
      await sleep(ms, undefined, signal ? { signal } : {});
    } catch (error) {
      // Node rejects with an AbortError that only carries the reason as its cause
      signal?.throwIfAborted();
      throw error;
    }
  },
};
