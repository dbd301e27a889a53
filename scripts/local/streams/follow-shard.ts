import { setTimeout as sleep } from 'node:timers/promises';
import { ResourceNotFoundException, TrimmedDataAccessException } from '@aws-sdk/client-dynamodb-streams';
import { backoffMs, levelOf, nameOf } from './backoff.ts';
import type { Bell } from './bell.ts';
import type { Checkpoints } from './checkpoints.ts';
import { deliver, type Receiver } from './delivery.ts';
import { tableOf } from './stream-event.ts';
import type { Page, StreamsClient } from './streams-client.ts';

export interface Following extends Receiver {
  readonly client: StreamsClient;
  readonly checkpoints: Checkpoints;
  readonly pace: Pace;
  /** Told of records that the function has taken. */
  readonly onTaken?: ((streamArn: string, records: Page['records']) => void) | undefined;
  /** Records handed over at once, at most. */
  readonly mostRecords?: number;
}

/** All in ms. */
export interface Pace {
  /** Between two looks at a stream that has just had something. */
  readonly leastMs: number;
  /** Between two looks at a stream that has been quiet for long. */
  readonly mostMs: number;
  /** Between two looks for new streams. */
  readonly lookMs: number;
  /** Between two looks for new shards of a stream of which some are read. */
  readonly shardsMs: number;
}

/** The share of the time for which a stream has been quiet that it takes at most to see the next change. */
const QUIET_SHARE = 1 / 8;
/** Records in a page, at first and at most. */
const FIRST_LIMIT = 100;
const MOST_LIMIT = 1_000;
/** Local engines hand out pages of any size: the limit is set so that a page has about so many bytes. */
const PAGE_BYTES = 4 * 1024 * 1024;

/**
 * Reads a shard from where it was left to its end. Rejects when the signal aborts.
 * @returns false where there is no such shard or stream any more.
 */
export const followShard = async (
  following: Following,
  arn: string,
  shardId: string,
  bell: Bell,
): Promise<boolean> => {
  const { client, checkpoints, pace, log, signal, mostRecords = MOST_LIMIT } = following;
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
      // whatever it was, a new iterator goes on behind what was taken
      iterator = undefined;
      failures += 1;
      // DynamoDB Local sometimes answers so for a stream that was just created
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
          'cannot read a stream for now; it is read again',
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
    // a page that is not full is waited after, so that a burst comes in few pages
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

/** Until the next look at a stream that has had nothing for so long, in ms. */
export const waitMs = (quietMs: number, { leastMs, mostMs }: Pick<Pace, 'leastMs' | 'mostMs'>): number =>
  Math.min(Math.max(quietMs * QUIET_SHARE, leastMs), mostMs);
