import type { Convergence, Migration } from '../migration.ts';
import type { EpochMs } from '../names.ts';
import type { Settings } from '../settings/settings.ts';

const MS = 1_000;

/**
 * Compares the rates of applying and journalling after rounds that left more than a cutover can take.
 * @param before the result of the previous rounds; absent if those left little.
 */
export const convergenceOf = (
  settings: Pick<Settings, 'convergenceMs'>,
  before: Migration['convergence'],
  { left, applied, ms }: { readonly left: number; readonly applied: number; readonly ms: number },
  now: EpochMs,
): Convergence => {
  const seconds = Math.max(ms, 1) / MS;
  const since = before?.since ?? now;
  // all entries that were removed or added to the backlog must have been journalled in this time
  const journalled = Math.max(0, applied + left - (before?.backlog ?? left));
  return {
    since,
    backlog: left,
    journalledPerSecond: Math.round(journalled / seconds),
    appliedPerSecond: Math.round(applied / seconds),
    notConverging: now - since >= settings.convergenceMs && left >= (before?.backlog ?? 0),
  };
};
