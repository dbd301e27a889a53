import { backoffMs, levelOf, nameOf } from './backoff.ts';
import { type FollowOptions, followShard } from './follow-shard.ts';
import { readableShards } from './lineage.ts';
import { tableOf } from './stream-event.ts';
import { WakeSignal } from './wake-signal.ts';

/**
 * Reads all shards of a stream concurrently, but a parent before its children. Ends once the stream is disabled and read
 * to its end, or is gone. Rejects if the signal aborts, once all shards have ended.
 * @param bell rung when the table is written.
 */
export const followStream = async (
  following: FollowOptions,
  arn: string,
  bell: WakeSignal,
): Promise<void> => {
  const { client, checkpoints, pace, log, signal } = following;
  const table = tableOf(arn);
  const running = new Map<string, Promise<void>>();
  const shardEnded = new WakeSignal(0);
  const start = async (shardId: string): Promise<void> => {
    try {
      if (await followShard(following, arn, shardId, bell)) shardEnded.ring();
    } catch (error) {
      // the next search for shards starts it again
      if (!signal.aborted)
        log.warn({ table, error: nameOf(error) }, 'reading a shard failed; it is started again');
    } finally {
      running.delete(shardId);
    }
  };
  let failures = 0;
  try {
    for (;;) {
      const polledAt = performance.now();
      try {
        const found = await client.describe(arn, signal);
        if (!found) return;
        failures = 0;
        const shardIds = found.shards.map(({ shardId }) => shardId);
        checkpoints.keepShards(arn, shardIds);
        for (const { shardId } of readableShards(found.shards, (id) => checkpoints.hasEnded(arn, id))) {
          if (!running.has(shardId)) running.set(shardId, start(shardId));
        }
        if (running.size === 0 && !found.isOpen) return;
      } catch (error) {
        signal.throwIfAborted();
        failures += 1;
        log[levelOf(failures)](
          { table, tries: failures, error: nameOf(error) },
          'cannot read a stream; trying again',
        );
      }
      // a shard that has ended since may have new children
      if (failures === 0 && shardEnded.rungAt > polledAt) continue;
      const waitMs = running.size > 0 ? pace.shardsMs : pace.pollMs;
      await shardEnded.wait(failures > 0 ? backoffMs(failures) : waitMs, signal);
    }
  } finally {
    await Promise.allSettled(running.values());
  }
};
