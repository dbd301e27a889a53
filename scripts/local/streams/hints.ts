import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../../../functions/migration/log-port.ts';
import { invoke, type LocalFunction } from '../invoke.ts';
import { backoffMs, nameOf } from './backoff.ts';
import { failedItemsOf } from './batch-answer.ts';
import { eventRecord, tableOf } from './stream-event.ts';
import type { StreamRecord } from './streams-client.ts';

/** Records per call, and attempts before they are dropped. */
const BATCH = 100;
const TRIES = 5;
const TIMEOUT_SECONDS = 60;

export interface Hints {
  /** Queues the records that the function wants. Does not wait for the function. */
  offer(streamArn: string, records: readonly StreamRecord[]): void;
  /** Drops queued records. Resolves once the current call has ended. */
  stop(): Promise<void>;
}

/**
 * Starts a second function on the streams, which never delays the one that must see every record. Its records are hints:
 * they are dropped after some attempts or when the process ends, as on AWS by a mapping with a filter, few retries and a
 * destination for failures.
 */
export const startHints = (given: {
  readonly run: LocalFunction;
  /** The mapping's filter on AWS. */
  readonly wants: (record: StreamRecord) => boolean;
  readonly log: Log;
}): Hints => {
  const waiting: { readonly streamArn: string; readonly record: StreamRecord }[] = [];
  const stopped = new AbortController();
  let work: Promise<void> | undefined;

  const deliverHints = async (): Promise<void> => {
    while (waiting.length > 0 && !stopped.signal.aborted) {
      const batch = waiting.splice(0, BATCH);
      const event = { Records: batch.map(({ streamArn, record }) => eventRecord(streamArn, record)) };
      for (let tries = 1; ; tries += 1) {
        const error = await invoke(given.run, event, TIMEOUT_SECONDS, Number.POSITIVE_INFINITY).then(
          (answer) => (failedItemsOf(answer).size > 0 ? 'batchItemFailures' : undefined),
          nameOf,
        );
        if (error === undefined || stopped.signal.aborted) break;
        const fields = { table: tableOf(batch[0]?.streamArn ?? ''), items: batch.length, tries, error };
        given.log.warn(
          fields,
          tries < TRIES
            ? 'schools were not counted; trying again'
            : 'schools were not counted; the records are dropped',
        );
        if (tries === TRIES) break;
        await sleep(backoffMs(tries), undefined, { signal: stopped.signal }).catch(() => undefined);
      }
    }
    work = undefined;
  };

  return {
    offer(streamArn, records) {
      for (const record of records) if (given.wants(record)) waiting.push({ streamArn, record });
      if (waiting.length > 0) work ??= deliverHints();
    },
    async stop() {
      stopped.abort();
      await work;
    },
  };
};
