import { InvalidRequest, NotSafe } from '../errors.ts';
import type { Cancellation, Migration } from '../migration.ts';
import type { EpochMs } from '../names.ts';
import { beginOperatorWait, endOperatorWait } from '../operator-wait.ts';
import type { MigrationChange, Ports } from '../ports.ts';
import {
  holdCutoverRefusal,
  letCutOverRefusal,
  limitRefusal,
  pauseRefusal,
  type Refusal,
  resumeRefusal,
} from '../refusals.ts';
import { findMigration } from './find-migration.ts';
import { retryOnConflict } from './retry-on-conflict.ts';

/** The operator who makes a request, and the reason, for the audit trail. */
export interface Said {
  readonly by: string;
  readonly why: string;
}

/**
 * Pauses a migration: until it is resumed it copies, applies, flips and deletes nothing. Capture continues. A rollback after
 * the flip can be paused until its own flip. Later steps of a rollback only undo, and cannot be paused. @throws NotSafe
 */
export const pauseMigration = (ports: Ports, id: string, said: Said): Promise<Migration> =>
  control(ports, id, said, 'paused', pauseRefusal, (migration, at) => ({
    paused: true,
    ...beginOperatorWait(migration, at),
  }));

/** Resumes a paused migration. @throws NotSafe if it is not paused */
export const resumeMigration = (ports: Ports, id: string, said: Said): Promise<Migration> =>
  control(ports, id, said, 'resumed', resumeRefusal, (migration, at) => ({
    paused: false,
    ...endOperatorWait(migration, at),
  }));

/** Holds the cutover until it is released. Changes continue to be applied. @throws NotSafe after the flip */
export const holdCutover = (ports: Ports, id: string, said: Said): Promise<Migration> =>
  control(ports, id, said, 'cutover held', holdCutoverRefusal, () => ({ cutoverHeld: true }));

/** Releases a held cutover. @throws NotSafe if it is not held */
export const letCutOver = (ports: Ports, id: string, said: Said): Promise<Migration> =>
  control(ports, id, said, 'cutover released', letCutOverRefusal, (migration, at) => ({
    cutoverHeld: false,
    cutoversPastLeases: undefined,
    ...(migration.paused ? {} : endOperatorWait(migration, at)),
  }));

/** Limits of a migration, in capacity units a second for all its workers together; `none` removes a limit. */
export interface Limits {
  /** Write units a second in the target. */
  readonly write?: number | 'none';
  /** Read units a second in each table. Without it the deployment's setting applies. */
  readonly read?: number | 'none';
}

/** Changes the migration's limits from now on. An absent limit is not changed. @throws InvalidRequest, NotSafe */
export const limitMigration = async (
  ports: Ports,
  id: string,
  { write, read }: Limits,
  said: Said,
): Promise<Migration> => {
  if (write === undefined && read === undefined)
    throw new InvalidRequest(
      'no limit was given. Nothing was changed. Give a read limit, a write limit or both',
    );
  checkLimit('write', write);
  checkLimit('read', read);
  const what = [
    write === undefined ? [] : limitSaid('write', write),
    read === undefined ? [] : limitSaid('read', read),
  ];
  return control(ports, id, said, what.flat().join(', '), limitRefusal, () => ({
    ...(write === undefined ? {} : { writeUnitsPerSecond: write === 'none' ? undefined : write }),
    ...(read === undefined ? {} : { readUnitsPerSecond: read === 'none' ? undefined : read }),
  }));
};

/** @throws InvalidRequest if a limit is below 1 unit a second. */
const checkLimit = (kind: 'read' | 'write', limit: number | 'none' | undefined): void => {
  if (limit === undefined || limit === 'none') return;
  if (!(Number.isFinite(limit) && limit >= 1))
    throw new InvalidRequest(
      `a limit must be at least 1 ${kind} unit a second, not ${limit}. Nothing was changed`,
    );
};

const limitSaid = (kind: 'read' | 'write', limit: number | 'none'): string =>
  limit === 'none' ? `no ${kind} limit` : `limited to ${limit} ${kind} units a second`;

const control = (
  ports: Ports,
  id: string,
  { by, why }: Said,
  what: string,
  refusalOf: (migration: Migration) => Refusal,
  changeOf: (migration: Migration, at: EpochMs) => MigrationChange,
): Promise<Migration> =>
  retryOnConflict(async () => {
    const migration = await findMigration(ports, id);
    const refusal = refusalOf(migration);
    if (refusal !== undefined) throw new NotSafe(refusal);
    const at = ports.clock.now();
    const change = changeOf(migration, at);
    return ports.migrations.transition(
      migration,
      migration.status,
      { who: by, why: `${what}: ${why}`, at },
      { ...change, controlledAt: at },
      undefined,
      // after a rollback's flip there is no pause any more, and the status does not show that flip
      change.paused ? ['flippedBackAt'] : [],
      ['controlledAt'],
    );
  });

/** Returns the change that requests a cancel or a rollback. It ends a pause, which would delay them. */
export const endPause = (
  migration: Migration,
  said: Said,
  at: EpochMs,
): Required<Pick<MigrationChange, 'cancellation' | 'paused' | 'controlledAt'>> & MigrationChange => ({
  cancellation: { ...said, ...(migration.paused ? { endedPause: true } : {}) } satisfies Cancellation,
  paused: false,
  ...endOperatorWait(migration, at),
  controlledAt: at,
});

/** Adds to an event's text that a pause ends. */
export const withEndOfPause = (what: string, { paused }: Migration): string =>
  paused ? `${what}, which ends the pause` : what;
