import { useSyncExternalStore } from 'react';
import { createStore, type Store } from '../api/store.ts';

/** Time by which the server's clock is ahead of this machine's, in ms. */
export const serverAhead = createStore(0);

/** The server's time, from which is taken what is left of a hold or of a plan's life. */
const serverNow = (): number => Date.now() + serverAhead.get();

const TICK_MS = 1_000;

/** One clock for the whole page, which runs only while a component shows it. */
const clock = (): Pick<Store<number>, 'get' | 'subscribe'> => {
  let now = serverNow();
  let timer: ReturnType<typeof setInterval> | undefined;
  const listeners = new Set<() => void>();
  const tick = () => {
    now = serverNow();
    for (const listener of listeners) listener();
  };
  return {
    get: () => now,
    subscribe: (onChange) => {
      listeners.add(onChange);
      if (timer === undefined) {
        now = serverNow();
        timer = setInterval(tick, TICK_MS);
      }
      return () => {
        listeners.delete(onChange);
        if (listeners.size > 0) return;
        clearInterval(timer);
        timer = undefined;
      };
    },
  };
};
const shared = clock();

/** Returns the server's time, updated every `stepMs`: a component that shows minutes is not drawn each second. */
export const useNow = (stepMs = TICK_MS): number =>
  useSyncExternalStore(shared.subscribe, () => Math.floor(shared.get() / stepMs) * stepMs);
