import type { StreamsClient } from '../../streams/streams-client.ts';

/** Returns a client with some of its methods replaced. */
export const alteredStreams = (client: StreamsClient, changes: Partial<StreamsClient>): StreamsClient => ({
  list: (signal) => client.list(signal),
  describe: (arn, signal) => client.describe(arn, signal),
  iterator: (arn, shardId, after, signal) => client.iterator(arn, shardId, after, signal),
  latest: (arn, shardId, signal) => client.latest(arn, shardId, signal),
  read: (iterator, limit, signal) => client.read(iterator, limit, signal),
  close: () => client.close(),
  ...changes,
});
