import { setTimeout as sleep } from 'node:timers/promises';
import type { SchoolChanges, SchoolCounts } from '../../../functions/migration/growth/school-counts-port.ts';
import type { Log } from '../../../functions/migration/log-port.ts';
import type { TableName, TenantId } from '../../../functions/migration/names.ts';
import { invoke, type LocalFunction } from '../invoke.ts';
import { backoffMs, nameOf } from './backoff.ts';

/** Attempts at a call before it is dropped. [Lambda developer guide, Asynchronous invocation: two retries] */
const TRIES = 3;
const TIMEOUT_SECONDS = 60;

export interface QueuedCounts extends SchoolCounts {
  /** Drops queued requests. Resolves once the current call has ended. */
  stop(): Promise<void>;
}

/**
 * Calls the function that counts schools from a queue, as Lambda does with asynchronous calls. A call never delays the function
 * that requested it. Tenants that are queued twice are counted once.
 */
export const startQueuedCounts = (given: {
  readonly run: LocalFunction;
  readonly log: Log;
}): QueuedCounts => {
  const queue = new Map<TableName, Set<TenantId>>();
  const stopped = new AbortController();
  let work: Promise<void> | undefined;

  const count = async ({ table, tenantIds }: SchoolChanges): Promise<void> => {
    for (let tries = 1; ; tries += 1) {
      const error = await invoke(given.run, { table, tenantIds: [...tenantIds] }, TIMEOUT_SECONDS).then(
        () => undefined,
        nameOf,
      );
      if (error === undefined || stopped.signal.aborted) return;
      given.log.warn(
        { table, items: tenantIds.length, tries, error },
        tries < TRIES
          ? 'schools were not counted; trying again'
          : 'schools were not counted; the request is dropped',
      );
      if (tries === TRIES) return;
      await sleep(backoffMs(tries), undefined, { signal: stopped.signal }).catch(() => undefined);
    }
  };
  const countQueued = async (): Promise<void> => {
    for (const [table, tenantIds] of queue) {
      if (stopped.signal.aborted) break;
      queue.delete(table);
      await count({ table, tenantIds: [...tenantIds] });
    }
    work = undefined;
  };

  return {
    async request({ table, tenantIds }) {
      queue.set(table, new Set([...(queue.get(table) ?? []), ...tenantIds]));
      work ??= countQueued();
    },
    async stop() {
      stopped.abort();
      await work;
    },
  };
};
