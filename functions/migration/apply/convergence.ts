import type { Convergence, Migration } from '../migration.ts';
import type { EpochMs } from '../names.ts';
import type { Settings } from '../settings.ts';

const MS = 1_000;

/**
 * How applying stands to journalling after some rounds that left more than a cutover takes.
 * @param before what was said after the rounds before; absent where little was left then.
 */
export const convergence = (
  settings: Pick<Settings, 'convergenceMs'>,
  before: Migration['convergence'],
  { left, settled, ms }: { readonly left: number; readonly settled: number; readonly ms: number },
  now: EpochMs,
): Convergence => {
  const seconds = Math.max(ms, 1) / MS;
  const since = before?.since ?? now;
  // what was settled and what has been added to the rest must have been journalled meanwhile
  const journalled = Math.max(0, settled + left - (before?.backlog ?? left));
  return {
    since,
    backlog: left,
    journalledPerSecond: Math.round(journalled / seconds),
    appliedPerSecond: Math.round(settled / seconds),
    notConverging: now - since >= settings.convergenceMs && left >= (before?.backlog ?? 0),
  };
};
