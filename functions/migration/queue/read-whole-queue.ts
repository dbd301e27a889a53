import { stoppedMigrations } from '../execution.ts';
import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { type Queue, readQueue } from './read-queue.ts';

/** The queue with the migrations that have stopped, each migration in one place only. */
export interface WholeQueue extends Queue {
  /** Migrations that have not ended and on which nothing works, latest first. */
  readonly stopped: readonly Migration[];
}

/** Reads the queue and what has stopped, as they are now. */
export const readWholeQueue = async (ports: Ports): Promise<WholeQueue> => {
  const queue = await readQueue(ports);
  const stopped = await stoppedMigrations(ports);
  const ids = new Set(stopped.map(({ migrationId }) => migrationId));
  const underWay = queue.underWay.filter(({ migration }) => !ids.has(migration.migrationId));
  return { ...queue, underWay, stopped };
};
