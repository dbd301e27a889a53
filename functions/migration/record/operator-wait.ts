import type { Migration } from '../migration.ts';
import { type EpochMs, epochMs } from '../names.ts';
import type { MigrationChange } from './migrations-port.ts';

type OperatorWait = Pick<Migration, 'operatorWaitMs' | 'waitsForOperatorSince' | 'stages'>;

/**
 * Returns the time for which the migration has waited for an operator before the flip, in ms. Time before its first
 * work counts as queueing.
 */
export const operatorWaitMs = (
  { operatorWaitMs: ended = 0, waitsForOperatorSince: since, stages }: OperatorWait,
  at: EpochMs,
): number => {
  if (since === undefined) return ended;
  const startedAt = stages.provision?.startedAt ?? at;
  return ended + Math.max(0, at - Math.max(since, startedAt));
};

/** Returns the change that starts such a wait: a pause before the flip does, unless a held cutover has started one. */
export const beginOperatorWait = (
  { flippedAt, waitsForOperatorSince: since }: Migration,
  at: EpochMs,
): Pick<MigrationChange, 'waitsForOperatorSince'> =>
  flippedAt === undefined ? { waitsForOperatorSince: epochMs(since ?? at) } : {};

/**
 * Returns the change that ends a wait when the migration continues. It also removes a wait that another process starts
 * at the same time.
 */
export const endOperatorWait = (
  migration: Migration,
  at: EpochMs,
): Pick<MigrationChange, 'waitsForOperatorSince' | 'operatorWaitMs'> => {
  if (migration.flippedAt !== undefined) return {};
  const waited = operatorWaitMs(migration, at);
  const ended = { waitsForOperatorSince: undefined };
  return waited === 0 ? ended : { ...ended, operatorWaitMs: waited };
};
