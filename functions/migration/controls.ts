import { Conflict } from './errors.ts';
import { forwardGuard, wayOutGuard } from './guard.ts';
import type { Migration } from './migration.ts';
import type { BlockingField, Ports } from './ports.ts';

const MS = 1_000;
/** Shortest and longest time between two looks of a workflow that was told to wait, in s. */
const LOOK_SECONDS = { shortest: 2, longest: 300 };
/** A wait grows with the time that has passed, so that a long one does not fill the execution's history. */
const LOOKS_PER_WAIT = 60;

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
 * so far later, 5 minutes at most.
 */
export const operatorWaitSeconds = (ports: Ports, { controlledAt, requestedAt }: Migration): number => {
  const waited = (ports.clock.now() - (controlledAt ?? requestedAt)) / MS;
  const { shortest, longest } = LOOK_SECONDS;
  return Math.min(Math.max(shortest, Math.ceil(waited / LOOKS_PER_WAIT)), longest);
};
