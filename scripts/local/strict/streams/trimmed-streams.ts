import { TrimmedDataAccessException } from '@aws-sdk/client-dynamodb-streams';
import type { StreamRecord, StreamsClient } from '../../streams/streams-client.ts';
import { alteredStreams } from './altered-streams.ts';
import { tag, untag } from './tagged-iterator.ts';

/** The start of an iterator: the oldest record that is kept, or a given record. */
type Start = 'horizon' | 'record';

/**
 * Returns a client whose records are deleted after `horizonMs`. A reader that starts at the oldest record gets those that
 * are left; one that continues where records have been deleted gets an error. Times of records are rounded to the second.
 * [DynamoDB Streams API reference, GetRecords: TrimmedDataAccessException]
 */
export const trimmedStreams = (
  client: StreamsClient,
  horizonMs: number,
  now: () => number = Date.now,
): StreamsClient => {
  const isKept = ({ dynamodb }: StreamRecord): boolean =>
    now() - (dynamodb?.ApproximateCreationDateTime?.getTime() ?? Number.POSITIVE_INFINITY) < horizonMs;
  const start = (iterator: string, at: Start) => tag(iterator, at);
  return alteredStreams(client, {
    async iterator(arn, shardId, after, signal) {
      const inner = await client.iterator(arn, shardId, after, signal);
      return start(inner, after === undefined ? 'horizon' : 'record');
    },
    async latest(arn, shardId, signal) {
      return start(await client.latest(arn, shardId, signal), 'record');
    },
    async read(iterator, limit, signal) {
      const [inner, at] = untag(iterator);
      const page = await client.read(inner, limit, signal);
      const records = page.records.filter(isKept);
      if (records.length < page.records.length && at !== 'horizon') throw trimmedError();
      // the oldest record that is kept has not been reached yet
      const then = at === 'horizon' && records.length === 0 ? 'horizon' : 'record';
      return { records, ...(page.next === undefined ? {} : { next: start(page.next, then) }) };
    },
  });
};

const trimmedError = (): TrimmedDataAccessException =>
  new TrimmedDataAccessException({
    message: 'The operation attempted to read past the oldest stream record in a shard.',
    $metadata: { httpStatusCode: 400 },
  });
