import type { Migration } from '../migration.ts';
import type { EpochMs, MigrationId, TableName, TierName } from '../names.ts';
import type { Settings } from '../settings.ts';

/** A migration that was let go ahead and has not flipped yet. */
export interface Admitted {
  readonly migrationId: MigrationId;
  readonly source: TableName;
  /** The tier whose shared tables it goes into; absent for a table of its own, which nobody shares. */
  readonly target?: TierName;
  readonly at: EpochMs;
}

/**
 * Who of those that wait goes ahead now: tenants near a hard limit first, then the oldest request, as far as the limits
 * allow. One that has to wait for its tables holds nobody up who wants others.
 */
export const admit = (
  { admission }: Pick<Settings, 'admission'>,
  underWay: readonly Admitted[],
  waiting: readonly Migration[],
  now: EpochMs,
): readonly Admitted[] => {
  const all = [...underWay];
  for (const migration of [...waiting].sort(inTurn)) {
    const next = placeOf(migration, now);
    if (hasRoom(admission, all, next)) all.push(next);
  }
  return all.slice(underWay.length);
};

/** Whether the migration could go ahead if nobody else waited. */
export const couldGoAhead = (
  { admission }: Pick<Settings, 'admission'>,
  underWay: readonly Admitted[],
  migration: Migration,
): boolean => hasRoom(admission, underWay, placeOf(migration, migration.requestedAt));

/** The order in which migrations have their turn. */
export const inTurn = (a: Migration, b: Migration): number =>
  Number(b.urgent ?? false) - Number(a.urgent ?? false) ||
  a.requestedAt - b.requestedAt ||
  (a.migrationId < b.migrationId ? -1 : 1);

/**
 * The table that it goes into is chosen later, the fullest of its tier that has room: so the limit for a table holds for
 * the tier's shared tables together.
 */
export const placeOf = ({ migrationId, source, target }: Migration, at: EpochMs): Admitted => ({
  migrationId,
  source: source.table,
  ...(target.placement === 'shared' ? { target: target.tier } : {}),
  at,
});

/** A limit of the admission that keeps a migration waiting. */
export const ADMISSION_LIMITS = ['total', 'perSource', 'perTarget'] as const;
export type AdmissionLimit = (typeof ADMISSION_LIMITS)[number];

/** Returns the limit that keeps a migration waiting; undefined if none does, and it is admitted with the next change. */
export const limitReached = (
  { admission }: Pick<Settings, 'admission'>,
  underWay: readonly Admitted[],
  migration: Migration,
): AdmissionLimit | undefined => reached(admission, underWay, placeOf(migration, migration.requestedAt));

const hasRoom = (admission: Settings['admission'], all: readonly Admitted[], next: Admitted): boolean =>
  reached(admission, all, next) === undefined;

const reached = (
  { total, perSource, perTarget }: Settings['admission'],
  all: readonly Admitted[],
  { source, target }: Admitted,
): AdmissionLimit | undefined => {
  if (all.length >= total) return 'total';
  if (all.filter((one) => one.source === source).length >= perSource) return 'perSource';
  const isFull = target !== undefined && all.filter((one) => one.target === target).length >= perTarget;
  return isFull ? 'perTarget' : undefined;
};
