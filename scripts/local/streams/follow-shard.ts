import { setTimeout as sleep } from 'node:timers/promises';
import { ResourceNotFoundException, TrimmedDataAccessException } from '@aws-sdk/client-dynamodb-streams';
import { backoffMs, levelOf, nameOf } from './backoff.ts';
import type { Checkpoints } from './checkpoints.ts';
import { type DeliveryTarget, deliver } from './delivery.ts';
import { tableOf } from './stream-event.ts';
import type { Page, StreamsClient } from './streams-client.ts';
import type { WakeSignal } from './wake-signal.ts';

export interface FollowOptions extends DeliveryTarget {
  readonly client: StreamsClient;
  readonly checkpoints: Checkpoints;
  readonly pace: PollIntervals;
  /** Called with records that the function has processed. */
  readonly onTaken?: ((streamArn: string, records: Page['records']) => void) | undefined;
  /** Maximum number of records per call. */
  readonly mostRecords?: number;
}

/** Times between two polls, in ms. */
export interface PollIntervals {
  /** Between two polls of a shard that has just had records. */
  readonly leastMs: number;
  /** Between two polls of a shard that has had none for long. */
  readonly mostMs: number;
  /** Between two searches for new streams. */
  readonly pollMs: number;
  /** Between two searches for new shards of a stream of which some are being read. */
  readonly shardsMs: number;
}

/** Time to the next poll as a share of the time without records. */
const IDLE_SHARE = 1 / 8;
/** Number of records in a page, at first and at most. */
const FIRST_LIMIT = 100;
const MAX_LIMIT = 1_000;
/**
 * Approximate size of a page in bytes. Embedded engines return pages of any size, so the number of records is chosen by
 * this.
 */
const PAGE_BYTES = 4 * 1024 * 1024;

/**
 * Reads a shard from its checkpoint to its end. Rejects if the signal aborts.
 * @returns false if the shard or the stream does not exist any more.
 */
export const followShard = async (
  following: FollowOptions,
  arn: string,
  shardId: string,
  bell: WakeSignal,
): Promise<boolean> => {
  const { client, checkpoints, pace, log, signal, mostRecords = MAX_LIMIT } = following;
  const table = tableOf(arn);
  let iterator: string | undefined;
  let limit = Math.min(FIRST_LIMIT, mostRecords);
  let failures = 0;
  let lastSeen = performance.now();
  for (;;) {
    let page: Page;
    try {
      iterator ??= await client.iterator(arn, shardId, checkpoints.after(arn, shardId), signal);
      page = await client.read(iterator, limit, signal);
      failures = 0;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof ResourceNotFoundException) return false;
      // whatever the error was, a new iterator continues after the checkpoint
      iterator = undefined;
      failures += 1;
      // DynamoDB Local sometimes reports trimmed records for a new stream, which has not been read yet
      const wasRead = checkpoints.after(arn, shardId) !== undefined;
      if (error instanceof TrimmedDataAccessException && wasRead) {
        checkpoints.forget(arn, shardId);
        log.warn(
          { table, error: error.name },
          'records were deleted before they were read: changes are lost',
        );
      } else {
        log[levelOf(failures)](
          { table, tries: failures, error: nameOf(error) },
          'cannot read a stream; trying again',
        );
      }
      await sleep(backoffMs(failures), undefined, { signal });
      continue;
    }
    const { records, next } = page;
    await deliver(following, arn, records, (sequence) => checkpoints.take(arn, shardId, sequence));
    following.onTaken?.(arn, records);
    if (next === undefined) {
      checkpoints.end(arn, shardId);
      return true;
    }
    iterator = next;
    if (records.length > 0) lastSeen = performance.now();
    const isFull = records.length === limit;
    limit = limitAfter(records, limit, mostRecords);
    // wait after a page that is not full, so that a burst arrives in few pages
    if (isFull) continue;
    const quietMs = performance.now() - Math.max(lastSeen, bell.rungAt);
    await bell.wait(waitMs(quietMs, pace), signal);
  }
};

const limitAfter = (records: Page['records'], limit: number, mostRecords: number): number => {
  if (records.length === 0) return limit;
  const largest = Math.max(1, ...records.map(({ dynamodb }) => dynamodb?.SizeBytes ?? 1));
  return Math.max(1, Math.min(mostRecords, 2 * limit, Math.floor(PAGE_BYTES / largest)));
};

/** Returns the time to the next poll of a shard that has had no records for `quietMs`, in ms. */
export const waitMs = (
  quietMs: number,
  { leastMs, mostMs }: Pick<PollIntervals, 'leastMs' | 'mostMs'>,
): number => Math.min(Math.max(quietMs * IDLE_SHARE, leastMs), mostMs);
