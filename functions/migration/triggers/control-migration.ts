import { InvalidRequest, NotSafe } from '../errors.ts';
import { isClosed, isFlipped } from '../life-cycle.ts';
import type { Cancellation, Migration } from '../migration.ts';
import type { EpochMs } from '../names.ts';
import type { MigrationChange, Ports } from '../ports.ts';
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
  control(ports, id, said, 'paused', (migration) => {
    const { flippedAt, flippedBackAt } = migration;
    if (flippedAt === undefined || flippedBackAt !== undefined) refuseRollback(migration);
    if (migration.paused) throw new NotSafe(`${id} is paused already`);
    return { paused: true };
  });

/** @throws NotSafe where it isn't paused. */
export const resumeMigration = (ports: Ports, id: string, said: Said): Promise<Migration> =>
  control(ports, id, said, 'resumed', (migration) => {
    if (!migration.paused) throw new NotSafe(`${id} is not paused`);
    return { paused: false };
  });

/** The cutover waits for `cutover`; changes are applied all the while. @throws NotSafe after the flip. */
export const holdCutover = (ports: Ports, id: string, said: Said): Promise<Migration> =>
  control(ports, id, said, 'cutover held', (migration) => {
    refuseRollback(migration);
    if (isFlipped(migration.status)) throw new NotSafe(`${id} has flipped already; see 'tierferry rollback'`);
    if (migration.cutoverHeld) throw new NotSafe(`the cutover of ${id} is held already`);
    return { cutoverHeld: true };
  });

/** Lets a held cutover go. @throws NotSafe where it isn't held. */
export const letCutOver = (ports: Ports, id: string, said: Said): Promise<Migration> =>
  control(ports, id, said, 'cutover let go', (migration) => {
    if (!migration.cutoverHeld) throw new NotSafe(`the cutover of ${id} is not held`);
    return { cutoverHeld: false, cutoversPastLeases: undefined };
  });

/**
 * Limits what the migration may write to the target.
 * @param unitsPerSecond write units a second, at least 1; absent for no limit. @throws InvalidRequest, NotSafe
 */
export const limitMigration = async (
  ports: Ports,
  id: string,
  unitsPerSecond: number | undefined,
  said: Said,
): Promise<Migration> => {
  if (unitsPerSecond !== undefined && !(Number.isFinite(unitsPerSecond) && unitsPerSecond >= 1))
    throw new InvalidRequest(`a limit is at least 1 write unit a second, not ${unitsPerSecond}`);
  const what =
    unitsPerSecond === undefined ? 'no limit' : `limited to ${unitsPerSecond} write units a second`;
  return control(ports, id, said, what, () => ({ writeUnitsPerSecond: unitsPerSecond }));
};

const refuseRollback = ({ migrationId, status }: Migration): void => {
  if (status === 'rollingBack') throw new NotSafe(`${migrationId} is being rolled back; let it end`);
};

const control = (
  ports: Ports,
  id: string,
  { by, why }: Said,
  what: string,
  decide: (migration: Migration) => MigrationChange,
): Promise<Migration> =>
  retryOnConflict(async () => {
    const migration = await findMigration(ports, id);
    if (isClosed(migration.status))
      throw new NotSafe(`${id} is ${migration.status}: there is nothing to control`);
    const change = decide(migration);
    const at = ports.clock.now();
    return ports.migrations.transition(
      migration,
      migration.status,
      { who: by, why: `${what}: ${why}`, at },
      { ...change, controlledAt: at },
      undefined,
      // the status does not show the reverse flip, after which nothing is paused
      change.paused ? ['flippedBackAt'] : [],
    );
  });

/** The change by which a cancel or rollback takes effect: a pause must not keep it waiting. */
export const endPause = (
  { paused }: Migration,
  said: Said,
  at: EpochMs,
): Required<Pick<MigrationChange, 'cancellation' | 'paused'>> & MigrationChange => ({
  cancellation: { ...said, ...(paused ? { endedPause: true } : {}) } satisfies Cancellation,
  paused: false,
  ...(paused ? { controlledAt: at } : {}),
});

/** The same for the audit trail. */
export const withEndOfPause = (what: string, { paused }: Migration): string =>
  paused ? `${what}, which ends the pause` : what;
