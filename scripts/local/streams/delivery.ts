import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../../../functions/migration/log-port.ts';
import { invoke, type LocalFunction } from '../invoke.ts';
import { backoffMs, nameOf } from './backoff.ts';
import { failedItemsOf } from './batch-answer.ts';
import type { Gate } from './gate.ts';
import { eventRecord, tableOf } from './stream-event.ts';
import type { StreamRecord } from './streams-client.ts';

/** Time-out of the function, in s. */
const TIMEOUT_SECONDS = 60;

export interface DeliveryTarget {
  readonly run: LocalFunction;
  readonly gate: Gate;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/**
 * Delivers records to the function, and repeats from the first failed one until all of them have succeeded. Skips no
 * record. Rejects if the signal aborts, but never while the function runs.
 * @param taken called with the sequence number up to which all records have succeeded.
 */
export const deliver = async (
  { run, gate, log, signal }: DeliveryTarget,
  streamArn: string,
  records: readonly StreamRecord[],
  taken: (sequence: string) => void,
): Promise<void> => {
  let left = records.map((record) => ({
    sequence: record.dynamodb?.SequenceNumber ?? '',
    record: eventRecord(streamArn, record),
  }));
  const invokeOnce = async (): Promise<number> => {
    const event = { Records: left.map(({ record }) => record) };
    const failed = failedItemsOf(await invoke(run, event, TIMEOUT_SECONDS, Number.POSITIVE_INFINITY));
    if (failed.size === 0) return left.length;
    // if it names a record that is not in the batch, all have failed
    return Math.max(
      0,
      left.findIndex(({ sequence }) => failed.has(sequence)),
    );
  };
  for (let failures = 0; left.length > 0; ) {
    await gate.pass(signal);
    let error: string | undefined;
    const count = await invokeOnce().catch((thrown: unknown) => {
      error = nameOf(thrown);
      return 0;
    });
    const last = left[count - 1];
    if (last) taken(last.sequence);
    left = left.slice(count);
    if (left.length === 0) return;
    failures = count > 0 ? 1 : failures + 1;
    const table = tableOf(streamArn);
    log.warn(
      { table, items: left.length, tries: failures, error },
      'records were not processed; they are delivered again',
    );
    await sleep(backoffMs(failures), undefined, { signal });
  }
};
