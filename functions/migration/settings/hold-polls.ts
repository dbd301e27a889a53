import { EXECUTION_HISTORY_EVENTS } from '../limits.ts';

const MS = 1_000;

/** Maximum time between two polls in a hold of a few days, in s. */
const MAX_POLL_SECONDS = 300;

/** Maximum number of polls in a hold of any length. Each takes about ten events of the execution's history. */
const MAX_POLLS = EXECUTION_HISTORY_EVENTS / 50;

/** Returns the time between two polls in a hold of this length, in s. */
export const secondsBetweenPolls = (holdMs: number): number =>
  Math.max(MAX_POLL_SECONDS, Math.ceil(holdMs / MS / MAX_POLLS));
