import { backoffMs, levelOf, nameOf } from './backoff.ts';
import { Bell } from './bell.ts';
import { type Following, followShard } from './follow-shard.ts';
import { readable } from './lineage.ts';
import { tableOf } from './stream-event.ts';

/**
 * Reads all shards of a stream, a parent before its children, side by side otherwise, until the stream is off and read
 * to its end, or gone. Rejects when the signal aborts, once nothing of it goes on.
 * @param bell rung when something was written to the table.
 */
export const followStream = async (following: Following, arn: string, bell: Bell): Promise<void> => {
  const { client, checkpoints, pace, log, signal } = following;
  const table = tableOf(arn);
  const running = new Map<string, Promise<void>>();
  const shardEnded = new Bell(0);
  const start = async (shardId: string): Promise<void> => {
    try {
      if (await followShard(following, arn, shardId, bell)) shardEnded.ring();
    } catch (error) {
      // it is begun again with the next look for shards
      if (!signal.aborted) log.warn({ table, error: nameOf(error) }, 'the reading of a stream broke off');
    } finally {
      running.delete(shardId);
    }
  };
  let failures = 0;
  try {
    for (;;) {
      const lookedAt = performance.now();
      try {
        const found = await client.describe(arn, signal);
        if (!found) return;
        failures = 0;
        const shardIds = found.shards.map(({ shardId }) => shardId);
        checkpoints.keepShards(arn, shardIds);
        for (const { shardId } of readable(found.shards, (id) => checkpoints.hasEnded(arn, id))) {
          if (!running.has(shardId)) running.set(shardId, start(shardId));
        }
        if (running.size === 0 && !found.isOpen) return;
      } catch (error) {
        signal.throwIfAborted();
        failures += 1;
        log[levelOf(failures)](
          { table, tries: failures, error: nameOf(error) },
          'cannot read a stream for now; it is read again',
        );
      }
      // a shard that has ended meanwhile may have children that were not there yet
      if (failures === 0 && shardEnded.rungAt > lookedAt) continue;
      const waitMs = running.size > 0 ? pace.shardsMs : pace.lookMs;
      await shardEnded.wait(failures > 0 ? backoffMs(failures) : waitMs, signal);
    }
  } finally {
    await Promise.allSettled(running.values());
  }
};
