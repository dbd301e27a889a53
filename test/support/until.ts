import { setTimeout as sleep } from 'node:timers/promises';

/** Longest wait, in ms, which only a hang reaches. Shorter than a test's time-out, whose message does not name the condition. */
const HANG_MS = 240_000;
const POLL_MS = 20;

/**
 * Polls `look` until it returns a value other than undefined, null or false, and returns that value.
 * @param what completes the error's sentence "waited 240 s for ...".
 * @param options.hangMs longest wait, in ms, for work that takes minutes.
 * @throws Error after the longest wait
 */
export const until = async <T>(
  what: string,
  poll: () => Promise<T> | T,
  { pollMs = POLL_MS, hangMs = HANG_MS }: { readonly pollMs?: number; readonly hangMs?: number } = {},
): Promise<NonNullable<Exclude<T, false>>> => {
  const deadline = performance.now() + hangMs;
  for (;;) {
    const seen = await poll();
    if (seen !== undefined && seen !== null && seen !== false) return seen as NonNullable<Exclude<T, false>>;
    if (performance.now() > deadline) throw new Error(`waited ${hangMs / 1_000} s for ${what}`);
    await sleep(pollMs);
  }
};
