import type { Migration } from '../migration.ts';
import type { BlockingField } from '../record/migrations-port.ts';

/**
 * Operator requests that stop a cutover, by direction. A rollback is itself requested by a cancellation and has no
 * hold-cutover, so only a pause stops it.
 */
export const STOPS_CUTOVER = {
  forward: ['cancellation', 'paused', 'cutoverHeld'],
  reverse: ['paused'],
} as const satisfies Readonly<Record<string, readonly BlockingField[]>>;

/** True if an operator has made a request that stops a cutover in this direction. */
export const isStopped = (migration: Migration, direction: keyof typeof STOPS_CUTOVER): boolean =>
  STOPS_CUTOVER[direction].some((field) => Boolean(migration[field]));
