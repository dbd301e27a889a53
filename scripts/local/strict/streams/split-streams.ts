import { ResourceNotFoundException } from '@aws-sdk/client-dynamodb-streams';
import type { Page, StreamsClient } from '../../streams/streams-client.ts';
import { alteredStreams } from './altered-streams.ts';
import { holds, isAfter, type ShardPart, ShardParts } from './shard-parts.ts';
import type { StreamsSettings } from './streams-settings.ts';
import { tag, untag } from './tagged-iterator.ts';

/**
 * Returns a client whose shards split, also within an item collection: a shard ends, and two others contain the later
 * changes of its keys. Embedded engines keep one shard for hours. A restart of this process undoes all splits.
 * [Change data capture for DynamoDB Streams: shards split]
 */
export const splitStreams = (
  client: StreamsClient,
  { splitMs, mostShards }: Pick<StreamsSettings, 'splitMs' | 'mostShards'>,
  now: () => number = () => performance.now(),
): StreamsClient => {
  const streams = new Map<string, ShardParts>();
  const partsOf = (arn: string): ShardParts => {
    const parts = streams.get(arn) ?? new ShardParts(splitMs, mostShards, now);
    streams.set(arn, parts);
    return parts;
  };
  const partOf = (arn: string, shardId: string): ShardPart => {
    const part = partsOf(arn).get(shardId);
    if (!part) throw new ResourceNotFoundException({ message: `no shard ${shardId}`, $metadata: {} });
    return part;
  };
  return alteredStreams(client, {
    async describe(arn, signal) {
      const found = await client.describe(arn, signal);
      if (found) return { ...found, shards: partsOf(arn).describe(found.shards) };
      streams.delete(arn);
      return undefined;
    },
    async iterator(arn, shardId, after, signal) {
      const part = partOf(arn, shardId);
      const from = after ?? part.after;
      return tag(await client.iterator(arn, part.engineShard, from, signal), arn, shardId, from ?? '');
    },
    async latest(arn, shardId, signal) {
      const { engineShard } = partOf(arn, shardId);
      return tag(await client.latest(arn, engineShard, signal), arn, shardId, '');
    },
    async read(iterator, limit, signal) {
      const [inner, arn = '', shardId = '', from = ''] = untag(iterator);
      const part = partOf(arn, shardId);
      const page = await client.read(inner, limit, signal);
      const last = page.records.at(-1)?.dynamodb?.SequenceNumber;
      if (last !== undefined) partsOf(arn).see(part, last);
      return pageOf(part, page, last ?? from, (next, at) => tag(next, arn, shardId, at));
    },
  });
};

/**
 * Returns the part's records of a page.
 * @param at sequence number up to which the engine's shard has been read; empty for its beginning
 */
const pageOf = (
  part: ShardPart,
  { records, next }: Page,
  at: string,
  iteratorOf: (next: string, at: string) => string,
): Page => {
  const { end } = part;
  const own = records.filter(
    (record) =>
      holds(part, record) && (end === undefined || !isAfter(record.dynamodb?.SequenceNumber ?? '0', end)),
  );
  const hasEnded = end !== undefined && at !== '' && !isAfter(end, at);
  return { records: own, ...(next === undefined || hasEnded ? {} : { next: iteratorOf(next, at) }) };
};
