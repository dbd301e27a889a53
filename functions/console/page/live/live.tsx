import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useConsole } from '../api/console-context.ts';
import { createStore, useStore } from '../api/store.ts';
import { eventApplier, isKeptCurrent } from './apply-events.ts';
import { followStream, type LiveState, type PublishedEvent } from './follow-stream.ts';

const state = createStore<LiveState>('catchingUp');
const latest = createStore<PublishedEvent | undefined>(undefined);

/** A page that is hidden for so long gives up its stream, in ms: browsers open few connections to one server. */
const HIDDEN_MS = 30_000;

export const useLiveState = (): LiveState => useStore(state);

/** The latest notice, e.g. to announce it. */
export const useLatestEvent = (): PublishedEvent | undefined => useStore(latest);

const sleep = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });

/** Returns a signal that also aborts when the browser loses its network, which the stream's silence shows much later. */
const orOffline = (ended: AbortSignal): AbortSignal => {
  const lost = new AbortController();
  addEventListener('offline', () => lost.abort(), { once: true, signal: ended });
  return AbortSignal.any([ended, lost.signal]);
};

/** Keeps the page current while it is shown: what the stream tells changes what has been read. For the shell only. */
export const useStream = (): void => {
  const { client } = useConsole();
  const queries = useQueryClient();
  useEffect(() => {
    const onEvent = eventApplier(queries);
    return whileShown((signal) => {
      void followStream(
        {
          open: (lastEventId, ended) => client.stream({}, lastEventId, orOffline(ended)),
          sleep,
          random: Math.random,
        },
        {
          onState: (next) => {
            // between two readings of a document and the stream, something may have changed
            if (next === 'live') void queries.invalidateQueries({ predicate: isKeptCurrent });
            state.set(next);
          },
          onEvent: (event) => {
            latest.set(event);
            onEvent(event);
          },
          onMigration: () => undefined,
        },
        signal,
      );
    });
  }, [client, queries]);
};

/** Runs while the page is shown, or has been hidden for a short time only. @returns a function that ends it. */
const whileShown = (run: (signal: AbortSignal) => void): (() => void) => {
  let running: AbortController | undefined;
  let hiding: ReturnType<typeof setTimeout> | undefined;
  const stop = () => {
    running?.abort();
    running = undefined;
  };
  const onChange = () => {
    clearTimeout(hiding);
    if (document.hidden) {
      hiding = setTimeout(stop, HIDDEN_MS);
      return;
    }
    if (running) return;
    running = new AbortController();
    state.set('catchingUp');
    run(running.signal);
  };
  document.addEventListener('visibilitychange', onChange);
  onChange();
  return () => {
    document.removeEventListener('visibilitychange', onChange);
    clearTimeout(hiding);
    stop();
  };
};
