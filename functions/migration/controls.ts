import { Conflict } from './errors.ts';
import { forwardGuard, wayOutGuard } from './guard.ts';
import type { Migration } from './migration.ts';
import type { BlockingField, Ports } from './ports.ts';

const MS = 1_000;
/** Minimum and maximum time between two polls of a workflow that waits for an operator, in s. */
const LOOK_SECONDS = { shortest: 2, longest: 300 };
/**
 * Number of polls while the time waited so far doubles, about. Waits grow so that a long one does not fill the
 * execution's history.
 */
const LOOKS_PER_WAIT = 60;
/** Maximum number of polls, and of cutover tries, while the age of a stage becomes about three times as large. */
const POLLS_PER_AGE = 200;
const TRIES_PER_AGE = 50;

/**
 * Reads the migration again, with the operator's requests made while the step runs.
 * @throws StaleAttempt, MigrationCancelled if the step must not continue.
 */
export const hearOperator = async (ports: Ports, migration: Migration): Promise<Migration> => {
  const now = await ports.migrations.get(migration.migrationId);
  if (!now) throw new Conflict(`migration ${migration.migrationId} has no record any more`);
  const guard = migration.status === 'rollingBack' ? wayOutGuard : forwardGuard;
  guard(now, migration.attempt);
  return now;
};

/**
 * Operator requests that stop a cutover, by direction. A rollback is itself requested by a cancellation and has no
 * hold-cutover, so only a pause stops it.
 */
export const STOPS_CUTOVER = {
  forth: ['cancellation', 'paused', 'cutoverHeld'],
  back: ['paused'],
} as const satisfies Readonly<Record<string, readonly BlockingField[]>>;

/** True if an operator has made a request that stops a cutover in this direction. */
export const isStopped = (migration: Migration, direction: keyof typeof STOPS_CUTOVER): boolean =>
  STOPS_CUTOVER[direction].some((field) => Boolean(migration[field]));

/**
 * Returns the seconds until the operator's requests are read again: 2 at first, later a sixtieth of the time waited so
 * far, at most 300. It is more if the stage is so old that `slowPollSeconds` returns more.
 */
export const operatorWaitSeconds = (ports: Pick<Ports, 'clock'>, migration: Migration): number => {
  const { controlledAt, requestedAt } = migration;
  const waited = (ports.clock.now() - (controlledAt ?? requestedAt)) / MS;
  const { shortest, longest } = LOOK_SECONDS;
  const seconds = Math.min(Math.max(shortest, Math.ceil(waited / LOOKS_PER_WAIT)), longest);
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
