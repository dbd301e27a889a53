import type { Migration } from './migration.ts';
import { type EpochMs, epochMs } from './names.ts';
import type { MigrationChange } from './ports.ts';

type Waiting = Pick<Migration, 'operatorWaitMs' | 'waitsForOperatorSince' | 'stages'>;

/**
 * Returns for how long the migration has waited for an operator before the flip, in ms. Time before its first work is time in
 * the queue.
 */
export const operatorWaitMs = (
  { operatorWaitMs: ended = 0, waitsForOperatorSince: since, stages }: Waiting,
  at: EpochMs,
): number => {
  if (since === undefined) return ended;
  const startedAt = stages.provision?.startedAt ?? at;
  return ended + Math.max(0, at - Math.max(since, startedAt));
};

/** A pause before the flip begins such a wait, unless a held cutover has. */
export const beginOperatorWait = (
  { flippedAt, waitsForOperatorSince: since }: Migration,
  at: EpochMs,
): Pick<MigrationChange, 'waitsForOperatorSince'> =>
  flippedAt === undefined ? { waitsForOperatorSince: epochMs(since ?? at) } : {};

/** The change of whatever lets the migration go on. A wait that another process begins meanwhile is removed with it. */
export const endOperatorWait = (
  migration: Migration,
  at: EpochMs,
): Pick<MigrationChange, 'waitsForOperatorSince' | 'operatorWaitMs'> => {
  if (migration.flippedAt !== undefined) return {};
  const waited = operatorWaitMs(migration, at);
  return { waitsForOperatorSince: undefined, ...(waited === 0 ? {} : { operatorWaitMs: waited }) };
};
