import { createHash } from 'node:crypto';
import type { Shard, StreamRecord } from '../../streams/streams-client.ts';

/** A simulated shard: the records of one shard of the engine whose keys' hashes lie in a range. */
export interface ShardPart {
  readonly shardId: string;
  readonly parent?: string | undefined;
  readonly engineShard: string;
  /** The part holds hashes from `low` to below `high`, within 0 to below 1. */
  readonly low: number;
  readonly high: number;
  /** Sequence number after which its records begin; absent if it begins with the engine's shard. */
  readonly after?: string | undefined;
  /** Sequence number of its last record; absent while it is open. */
  end?: string;
  /** Sequence number of the latest record of the engine's shard that a reader of this part has read. */
  seen?: string;
  readonly since: number;
}

/** The simulated shards of one stream, and how they have split. */
export class ShardParts {
  readonly #parts = new Map<string, ShardPart>();
  readonly #splitMs: number;
  readonly #mostShards: number;
  readonly #now: () => number;

  constructor(splitMs: number, mostShards: number, now: () => number) {
    this.#splitMs = splitMs;
    this.#mostShards = mostShards;
    this.#now = now;
  }

  get(shardId: string): ShardPart | undefined {
    return this.#parts.get(shardId);
  }

  /** Returns the simulated shards for the engine's shards. New ones begin with the ranges of their parent. */
  describe(engine: readonly Shard[]): Shard[] {
    const kept = new Set(engine.map(({ shardId }) => shardId));
    for (const part of this.#parts.values()) {
      if (!kept.has(part.engineShard)) this.#parts.delete(part.shardId);
    }
    for (const shard of engine) {
      if (this.#of(shard.shardId).length === 0) this.#begin(shard);
    }
    return [...this.#parts.values()].map(({ shardId, parent }) => ({
      shardId,
      ...(parent === undefined ? {} : { parent }),
    }));
  }

  /** Notes how far a part has been read, and splits it if its time has come. */
  see(part: ShardPart, sequence: string): void {
    if (part.seen === undefined || isAfter(sequence, part.seen)) part.seen = sequence;
    const isSplitDue = part.end === undefined && this.#now() - part.since >= this.#splitMs;
    const leaves = this.#leaves(part.engineShard);
    // a part with children has ended: its engine shard was continued by another one
    const hasEnded = [...this.#parts.values()].some(({ parent }) => parent === part.shardId);
    if (!isSplitDue || hasEnded || leaves.length >= this.#mostShards) return;
    part.end = part.seen;
    const middle = (part.low + part.high) / 2;
    this.#add(part, { low: part.low, high: middle });
    this.#add(part, { low: middle, high: part.high });
  }

  #add(parent: ShardPart, range: Pick<ShardPart, 'low' | 'high'>): void {
    const { engineShard, end: after } = parent;
    const shardId = `${parent.shardId}-${range.low === parent.low ? 0 : 1}`;
    const part = { shardId, parent: parent.shardId, engineShard, ...range, after, since: this.#now() };
    this.#parts.set(shardId, part);
  }

  #begin({ shardId: engineShard, parent }: Shard): void {
    const before = parent === undefined ? [] : this.#leaves(parent);
    const ranges = before.length > 0 ? before : [{ shardId: parent, low: 0, high: 1 }];
    for (const [n, { shardId: from, low, high }] of ranges.entries()) {
      const shardId = ranges.length === 1 ? engineShard : `${engineShard}-from-${n}`;
      this.#parts.set(shardId, { shardId, parent: from, engineShard, low, high, since: this.#now() });
    }
  }

  #of(engineShard: string): ShardPart[] {
    return [...this.#parts.values()].filter((part) => part.engineShard === engineShard);
  }

  #leaves(engineShard: string): ShardPart[] {
    return this.#of(engineShard).filter(({ end }) => end === undefined);
  }
}

/** Sequence numbers are decimal numbers of any length. [DynamoDB Streams API reference, StreamRecord] */
export const isAfter = (sequence: string, other: string): boolean => BigInt(sequence) > BigInt(other);

/** True if the part contains the record's key. All changes of an item are in one part at a time. */
export const holds = ({ low, high }: ShardPart, { dynamodb }: StreamRecord): boolean => {
  const keys = JSON.stringify(Object.entries(dynamodb?.Keys ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)));
  const hash = createHash('sha256').update(keys).digest().readUInt32BE() / 2 ** 32;
  return hash >= low && hash < high;
};
