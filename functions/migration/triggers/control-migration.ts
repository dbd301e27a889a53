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

/** Who says it, and why: for the audit trail. */
export interface Said {
  readonly by: string;
  readonly why: string;
}

/**
 * Nothing is copied, applied, flipped or removed any more until `resume`; capture goes on. A rollback after the flip can be
 * paused until it makes the source live again; the rest of it, and a rollback before the flip, only undo. @throws NotSafe
 */
export const pauseMigration = (ports: Ports, id: string, said: Said): Promise<Migration> =>
  control(ports, id, said, 'paused', pauseRefusal, (migration, at) => ({
    paused: true,
    ...beginOperatorWait(migration, at),
  }));

/** @throws NotSafe where it isn't paused. */
export const resumeMigration = (ports: Ports, id: string, said: Said): Promise<Migration> =>
  control(ports, id, said, 'resumed', resumeRefusal, (migration, at) => ({
    paused: false,
    ...endOperatorWait(migration, at),
  }));

/** The cutover waits for `cutover`; changes are applied all the while. @throws NotSafe after the flip. */
export const holdCutover = (ports: Ports, id: string, said: Said): Promise<Migration> =>
  control(ports, id, said, 'cutover held', holdCutoverRefusal, () => ({ cutoverHeld: true }));

/** Lets a held cutover go. @throws NotSafe where it isn't held. */
export const letCutOver = (ports: Ports, id: string, said: Said): Promise<Migration> =>
  control(ports, id, said, 'cutover let go', letCutOverRefusal, (migration, at) => ({
    cutoverHeld: false,
    cutoversPastLeases: undefined,
    ...(migration.paused ? {} : endOperatorWait(migration, at)),
  }));

/** Limits of a migration, in capacity units a second over all its workers; `none` for no limit of its own. */
export interface Limits {
  /** In the target. */
  readonly write?: number | 'none';
  /** In each table; without a limit of its own the deployment's setting holds. */
  readonly read?: number | 'none';
}

/** Limits what the migration may write and read, from now on. A limit that is absent stays. @throws InvalidRequest, NotSafe */
export const limitMigration = async (
  ports: Ports,
  id: string,
  { write, read }: Limits,
  said: Said,
): Promise<Migration> => {
  if (write === undefined && read === undefined)
    throw new InvalidRequest('no limit was given: nothing was changed');
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
    throw new InvalidRequest(`a limit is at least 1 ${kind} unit a second, not ${limit}`);
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
      // the status does not show the reverse flip, after which nothing is paused
      change.paused ? ['flippedBackAt'] : [],
      ['controlledAt'],
    );
  });

/** The change by which a cancel or rollback takes effect: a pause must not keep it waiting. */
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

/** The same for the audit trail. */
export const withEndOfPause = (what: string, { paused }: Migration): string =>
  paused ? `${what}, which ends the pause` : what;
