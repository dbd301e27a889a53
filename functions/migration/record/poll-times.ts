import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';

const MS = 1_000;
/** Minimum and maximum time between two polls of a workflow that waits for an operator, in s. */
const POLL_SECONDS = { shortest: 2, longest: 300 };
/**
 * Number of polls while the time waited so far doubles, about. Waits grow so that a long one does not fill the
 * execution's history.
 */
const POLLS_PER_WAIT = 60;
/** Maximum number of polls, and of cutover tries, while the age of a stage becomes about three times as large. */
const POLLS_PER_AGE = 200;
const TRIES_PER_AGE = 50;

/**
 * Returns the seconds until the operator's requests are read again: 2 at first, later a sixtieth of the time waited so
 * far, at most 300. It is more if the stage is so old that `slowPollSeconds` returns more.
 */
export const operatorWaitSeconds = (ports: Pick<Ports, 'clock'>, migration: Migration): number => {
  const { controlledAt, requestedAt } = migration;
  const waited = (ports.clock.now() - (controlledAt ?? requestedAt)) / MS;
  const { shortest, longest } = POLL_SECONDS;
  const seconds = Math.min(Math.max(shortest, Math.ceil(waited / POLLS_PER_WAIT)), longest);
  return Math.max(seconds, slowPollSeconds(ports, migration));
};

/**
 * Returns the minimum time between two polls of a workflow, in s, by the age of its stage. A loop without an end of its
 * own, such as a pause, must not fill the execution's history within the year that an execution may last.
 */
export const slowPollSeconds = (ports: Pick<Ports, 'clock'>, migration: Migration): number =>
  Math.floor((ports.clock.now() - stageSince(migration)) / MS / POLLS_PER_AGE);

/**
 * Returns the minimum time between two tries of a cutover, in s; each takes about thirty events. An operator's request
 * restarts the time, so a rollback after days of holding is not slow.
 */
export const slowTrySeconds = (ports: Pick<Ports, 'clock'>, migration: Migration): number => {
  const since = Math.max(stageSince(migration), migration.controlledAt ?? 0);
  return Math.floor((ports.clock.now() - since) / MS / TRIES_PER_AGE);
};

const stageSince = ({ stages, requestedAt }: Migration): number =>
  Math.max(requestedAt, ...Object.values(stages).map(({ startedAt }) => startedAt));
