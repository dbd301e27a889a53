import type { DynamoDbSettings } from '../dynamodb-settings.ts';
import { TokenBucket } from './token-bucket.ts';

export type PartitionSettings = Pick<
  DynamoDbSettings,
  'partitionWriteUnits' | 'partitionReadUnits' | 'burstSeconds' | 'heatSplitMs' | 'sizeSplitBytes'
>;

/** Number of recent sort keys that are kept to choose where a partition splits. */
const POSITIONS_KEPT = 64;
/**
 * Share of ascending steps among them from which traffic is taken to follow the sort key, so that a split would not spread
 * it.
 */
const MONOTONIC_SHARE = 0.9;

/** One partition: the items of a collection from a sort key to the beginning of the next partition. */
interface Partition {
  readonly from: string;
  readonly reads: TokenBucket;
  readonly writes: TokenBucket;
  positions: string[];
  bytes: number;
  hotSince: number | undefined;
  hotUntil: number;
}

/**
 * The items under one partition key value. They form one partition until it splits by sort key, for heat or size. With a
 * local secondary index it never splits. [Designing partition keys to distribute your workload; Partitions and data distribution]
 */
export class ItemCollection {
  readonly #settings: PartitionSettings;
  readonly #canSplit: boolean;
  readonly #now: () => number;
  #partitions: Partition[];

  constructor(settings: PartitionSettings, canSplit: boolean, now: () => number) {
    this.#settings = settings;
    this.#canSplit = canSplit;
    this.#now = now;
    this.#partitions = [this.#partition('', 0)];
  }

  get partitions(): number {
    return this.#partitions.length;
  }

  /** True if the partition has units for a call. A partition that has been throttled for long is split first. */
  admits(kind: 'reads' | 'writes', position: string): boolean {
    const partition = this.#at(position);
    remember(partition, position);
    if (partition[kind].has()) return true;
    const now = this.#now();
    // heat counts only if throttling recurs within a quarter of the time
    if (now > partition.hotUntil) partition.hotSince = now;
    partition.hotUntil = now + this.#settings.heatSplitMs / 4;
    if (now - (partition.hotSince ?? now) >= this.#settings.heatSplitMs && !isMonotonic(partition.positions))
      this.#split(partition);
    return this.#at(position)[kind].has();
  }

  take(kind: 'reads' | 'writes', position: string, units: number): void {
    this.#at(position)[kind].take(units);
  }

  /** Adds bytes that were written, for splits by size. */
  grow(position: string, bytes: number): void {
    const partition = this.#at(position);
    partition.bytes += bytes;
    if (partition.bytes >= this.#settings.sizeSplitBytes) this.#split(partition);
  }

  #at(position: string): Partition {
    const found = this.#partitions.findLast(({ from }) => from <= position);
    if (!found) throw new Error('the first partition begins with the empty key');
    return found;
  }

  #split(partition: Partition): void {
    if (!this.#canSplit) return;
    const sorted = [...partition.positions].sort();
    const middle = sorted[Math.floor(sorted.length / 2)];
    // with one key, or none known, a split would not spread the traffic
    if (middle === undefined || middle === sorted[0]) return;
    const bytes = partition.bytes / 2;
    const halves = [this.#partition(partition.from, bytes), this.#partition(middle, bytes)];
    this.#partitions = this.#partitions.flatMap((one) => (one === partition ? halves : [one]));
  }

  #partition(from: string, bytes: number): Partition {
    const { partitionReadUnits, partitionWriteUnits, burstSeconds } = this.#settings;
    const bucket = (perSecond: number) =>
      new TokenBucket({ perSecond, most: perSecond * burstSeconds }, this.#now);
    return {
      from,
      reads: bucket(partitionReadUnits),
      writes: bucket(partitionWriteUnits),
      positions: [],
      bytes,
      hotSince: undefined,
      hotUntil: Number.NEGATIVE_INFINITY,
    };
  }
}

const remember = (partition: Partition, position: string): void => {
  partition.positions.push(position);
  if (partition.positions.length > POSITIONS_KEPT) partition.positions.shift();
};

const isMonotonic = (positions: readonly string[]): boolean => {
  const increases = positions.filter((position, n) => n > 0 && position >= (positions[n - 1] ?? '')).length;
  return increases >= (positions.length - 1) * MONOTONIC_SHARE;
};
