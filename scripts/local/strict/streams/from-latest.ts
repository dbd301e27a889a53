import type { StreamsClient } from '../../streams/streams-client.ts';
import { alteredStreams } from './altered-streams.ts';

/**
 * Returns a client that reads a stream like a mapping with `LATEST`: shards that exist when reading begins are read from
 * their end, later ones from their beginning. Earlier records are never read. [Using AWS Lambda with DynamoDB, Polling and batching streams]
 */
export const fromLatest = (client: StreamsClient): StreamsClient => {
  let first: Set<string> | undefined;
  return alteredStreams(client, {
    async describe(arn, signal) {
      const found = await client.describe(arn, signal);
      first ??= new Set(found?.shards.map(({ shardId }) => shardId));
      return found;
    },
    async iterator(arn, shardId, after, signal) {
      if (after !== undefined || !first?.has(shardId)) return client.iterator(arn, shardId, after, signal);
      return client.latest(arn, shardId, signal);
    },
  });
};
