import { createStore, useStore } from '../api/store.ts';

const KEY = 'tierferry.zone';

/** Zone of the times on the page: the viewer's own, or UTC. */
export type TimeZone = 'local' | 'utc';

const chosen = createStore<TimeZone>('local');

/** Applies the viewer's choice before anything is drawn. */
export const startTimeZone = (): void => chosen.set(localStorage.getItem(KEY) === 'utc' ? 'utc' : 'local');

export const setTimeZone = (zone: TimeZone): void => {
  if (zone === 'local') localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, zone);
  chosen.set(zone);
};

export const useTimeZone = (): TimeZone => useStore(chosen);
