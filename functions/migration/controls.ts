import { Conflict } from './errors.ts';
import { forwardGuard, wayOutGuard } from './guard.ts';
import type { Migration } from './migration.ts';
import type { BlockingField, Ports } from './ports.ts';

const MS = 1_000;
/** Shortest and longest time between two looks of a workflow that was told to wait, in s. */
const LOOK_SECONDS = { shortest: 2, longest: 300 };
/** A wait grows with the time that has passed, so that a long one does not fill the execution's history. */
const LOOKS_PER_WAIT = 60;
/** Polls, and tries of a cutover, while a stage becomes about three times as old. */
const POLLS_PER_AGE = 200;
const TRIES_PER_AGE = 50;

/**
 * The migration as it is now: what an operator has said while a step runs.
 * @throws StaleAttempt, MigrationCancelled where the step must not go on.
 */
export const hearOperator = async (ports: Ports, migration: Migration): Promise<Migration> => {
  const now = await ports.migrations.get(migration.migrationId);
  if (!now) throw new Conflict(`${migration.migrationId} is gone`);
  const guard = migration.status === 'rollingBack' ? wayOutGuard : forwardGuard;
  guard(now, migration.attempt);
  return now;
};

/**
 * What an operator may have asked for that stops a cutover, by its direction. A rollback has its own cancellation, by which
 * it was asked for, and no hold: only a pause stops it.
 */
export const STOPS_CUTOVER = {
  forth: ['cancellation', 'paused', 'cutoverHeld'],
  back: ['paused'],
} as const satisfies Readonly<Record<string, readonly BlockingField[]>>;

/** True if an operator has asked for something that stops a cutover in this direction. */
export const isStopped = (migration: Migration, direction: keyof typeof STOPS_CUTOVER): boolean =>
  STOPS_CUTOVER[direction].some((field) => Boolean(migration[field]));

/**
 * How long to wait before asking again whether the operator lets it go on: 2 s at first, a sixtieth of the time waited
 * so far later, 5 minutes at most, unless the stage has lasted for so long that `slowPollSeconds` is more.
 */
export const operatorWaitSeconds = (ports: Pick<Ports, 'clock'>, migration: Migration): number => {
  const { controlledAt, requestedAt } = migration;
  const waited = (ports.clock.now() - (controlledAt ?? requestedAt)) / MS;
  const { shortest, longest } = LOOK_SECONDS;
  const seconds = Math.min(Math.max(shortest, Math.ceil(waited / LOOKS_PER_WAIT)), longest);
  return Math.max(seconds, slowPollSeconds(ports, migration));
};

/**
 * Least time between two polls of a workflow, by how long its stage has lasted: polls of a loop that ends by no time of its
 * own, such as a pause, must not fill the execution's history within the year that it may last.
 */
export const slowPollSeconds = (ports: Pick<Ports, 'clock'>, migration: Migration): number =>
  Math.floor((ports.clock.now() - stageSince(migration)) / MS / POLLS_PER_AGE);

/**
 * The same between two tries of a cutover, each of which takes some thirty events. What an operator has said begins the time
 * anew, so that a rollback after days of holding is not slow.
 */
export const slowTrySeconds = (ports: Pick<Ports, 'clock'>, migration: Migration): number => {
  const since = Math.max(stageSince(migration), migration.controlledAt ?? 0);
  return Math.floor((ports.clock.now() - since) / MS / TRIES_PER_AGE);
};

const stageSince = ({ stages, requestedAt }: Migration): number =>
  Math.max(requestedAt, ...Object.values(stages).map(({ startedAt }) => startedAt));
