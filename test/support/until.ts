import { setTimeout as sleep } from 'node:timers/promises';

/** Only a hang takes so long; shorter than a test's own time-out, which does not say what it waited for. */
const HANG_MS = 240_000;
const POLL_MS = 20;

/**
 * Polls until `look` returns something other than undefined, null or false, and returns that.
 * @param what completes the error's sentence: "waited 240 s for ...".
 * @param options.hangMs for work that is meant to take minutes.
 * @throws Error if that takes longer than only a hang would.
 */
export const until = async <T>(
  what: string,
  look: () => Promise<T> | T,
  { pollMs = POLL_MS, hangMs = HANG_MS }: { readonly pollMs?: number; readonly hangMs?: number } = {},
): Promise<NonNullable<Exclude<T, false>>> => {
  const deadline = performance.now() + hangMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== null && seen !== false) return seen as NonNullable<Exclude<T, false>>;
    if (performance.now() > deadline) throw new Error(`waited ${hangMs / 1_000} s for ${what}`);
    await sleep(pollMs);
  }
};
