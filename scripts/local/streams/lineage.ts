import type { Shard } from './streams-client.ts';

/**
 * Returns the shards that may be read now: those without a parent, whose parent was read to its end, or whose parent is
 * gone. So a change is never delivered before an earlier one of the same item.
 */
export const readableShards = (shards: readonly Shard[], hasEnded: (shardId: string) => boolean): Shard[] => {
  const kept = new Set(shards.map(({ shardId }) => shardId));
  return shards.filter(
    ({ shardId, parent }) =>
      !hasEnded(shardId) && (parent === undefined || !kept.has(parent) || hasEnded(parent)),
  );
};
