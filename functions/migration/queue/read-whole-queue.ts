import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { listStoppedMigrations } from '../record/execution.ts';
import { type Queue, readQueue } from './read-queue.ts';

/** The queue together with stopped migrations. Each migration is in one of the lists only. */
export interface WholeQueue extends Queue {
  /** Open migrations without a running execution, latest first. */
  readonly stopped: readonly Migration[];
}

/** Reads the queue and the stopped migrations. */
export const readWholeQueue = async (ports: Ports): Promise<WholeQueue> => {
  const queue = await readQueue(ports);
  const stopped = await listStoppedMigrations(ports);
  const ids = new Set(stopped.map(({ migrationId }) => migrationId));
  const running = queue.running.filter(({ migration }) => !ids.has(migration.migrationId));
  return { ...queue, running, stopped };
};
