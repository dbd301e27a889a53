import { setTimeout as sleep } from 'node:timers/promises';
import type { StreamsClient } from '../../streams/streams-client.ts';
import { alteredStreams } from './altered-streams.ts';
import type { StreamsSettings } from './streams-settings.ts';
import { tag, untag } from './tagged-iterator.ts';

/**
 * Returns a client whose records arrive late, in some shards later than in others: once the shard is polled, plus the
 * shard's own lag. A record that is written during a lag is subject to the next one, too, so a lag is at most half of
 * `mostLatencyMs`. DynamoDB promises "near-real time" and no bound. [Change data capture for DynamoDB Streams]
 * @param random returns numbers from 0 to below 1.
 */
export const lateStreams = (
  client: StreamsClient,
  { pollMs, mostLatencyMs }: Pick<StreamsSettings, 'pollMs' | 'mostLatencyMs'>,
  random: () => number = Math.random,
): StreamsClient => {
  const maxLagMs = Math.max(0, (mostLatencyMs - pollMs) / 2);
  const lags = new Map<string, number>();
  const lagOf = (shard: string): number => {
    const lag = lags.get(shard) ?? random() * maxLagMs;
    lags.set(shard, lag);
    return lag;
  };
  return alteredStreams(client, {
    async iterator(arn, shardId, after, signal) {
      return tag(await client.iterator(arn, shardId, after, signal), `${arn} ${shardId}`);
    },
    async latest(arn, shardId, signal) {
      return tag(await client.latest(arn, shardId, signal), `${arn} ${shardId}`);
    },
    async read(iterator, limit, signal) {
      const [inner, shard = ''] = untag(iterator);
      const { records, next } = await client.read(inner, limit, signal);
      if (records.length > 0) await sleep(lagOf(shard) * (1 - random() / 2), undefined, { signal });
      return { records, ...(next === undefined ? {} : { next: tag(next, shard) }) };
    },
  });
};
