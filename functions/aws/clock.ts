import { setTimeout as sleep } from 'node:timers/promises';
import { epochMs } from '../migration/names.ts';
import type { Clock } from '../migration/ports.ts';

export const systemClock: Clock = {
  now: () => epochMs(Date.now()),
  monotonic: () => performance.now(),
  sleep: (ms, signal) => sleep(ms, undefined, signal ? { signal } : {}),
};
