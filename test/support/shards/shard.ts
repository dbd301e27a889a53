import { setTimeout as sleep } from 'node:timers/promises';
import type { SeededRandom } from '../../../scripts/demo/random.ts';
import type { Position, Range } from './position.ts';

/** A record of a stream as the handler gets it, with what a shard has to know of it. */
export interface ShardRecord {
  readonly position: Position;
  readonly sequence: string;
  readonly given: unknown;
}

/** How a shard delivers. */
export interface Delivery {
  /** Takes the records and returns how many of them, from the first on, were taken. Never rejects. */
  readonly take: (records: readonly ShardRecord[]) => Promise<number>;
  readonly lagMs: number;
  /** Records in a batch, at most. */
  readonly batch: number;
  /** The share of the batches that are delivered twice, as if the answer to the first time had been lost. */
  readonly redeliveredShare: number;
  readonly random: SeededRandom;
  readonly signal: AbortSignal;
  /** Rejects when the signal aborts. */
  readonly stopped: Promise<never>;
}

/** Between two tries of a batch that was not taken, in ms. */
const RETRY_MS = 25;

/**
 * A range of a stream's records. It delivers them in their order, each no earlier than its lag after it arrived, and
 * begins once its parent has ended, as Lambda reads shards. A batch that is not taken is delivered again before anything
 * behind it.
 */
export class Shard {
  readonly id: string;
  readonly range: Range;
  /** Resolves when it takes no more records and all that it has were delivered or trimmed. */
  readonly ended: Promise<void>;
  readonly #delivery: Delivery;
  readonly #parent: Shard | undefined;
  readonly #end: () => void;
  readonly #holders = new Set<symbol>();
  #queue: { readonly record: ShardRecord; readonly dueAt: number }[] = [];
  #wake = Promise.withResolvers<void>();
  #isClosed = false;
  #isRunning = false;
  #inHand = 0;

  constructor(id: string, range: Range, delivery: Delivery, parent?: Shard) {
    this.id = id;
    this.range = range;
    this.#delivery = delivery;
    this.#parent = parent;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ended = promise;
    this.#end = resolve;
    if (parent) for (const holder of parent.#holders) this.#holders.add(holder);
  }

  /** Records that were not delivered yet. */
  get left(): number {
    return this.#queue.length + this.#inHand;
  }

  get isHeld(): boolean {
    return this.#holders.size > 0;
  }

  isHeldByAny(holders: ReadonlySet<symbol>): boolean {
    return [...this.#holders].some((holder) => holders.has(holder));
  }

  add(record: ShardRecord): void {
    this.#queue.push({ record, dueAt: performance.now() + this.#delivery.lagMs });
    this.#go();
  }

  /** Takes no more records; ends once it has delivered those that it has. */
  close(): void {
    this.#isClosed = true;
    this.#go();
  }

  /** Delivers nothing from now on, until every holder has released it. */
  hold(holder: symbol): void {
    this.#holders.add(holder);
  }

  release(holder: symbol): void {
    if (!this.#holders.delete(holder)) return;
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }

  /** Drops what was not delivered, as a stream drops what is older than 24 hours. @returns how many records. */
  trim(): number {
    const dropped = this.#queue.length;
    this.#queue = [];
    return dropped;
  }

  #go(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    // it rejects only when all is to end
    this.#run().catch(() => undefined);
  }

  async #run(): Promise<void> {
    const { signal, stopped, lagMs } = this.#delivery;
    // in any case a turn later, so that records that arrive together are one batch
    await (this.#parent && Promise.race([this.#parent.ended, stopped]));
    while (this.#queue.length > 0 || this.isHeld) {
      signal.throwIfAborted();
      if (this.isHeld) {
        if (this.#queue.length === 0 && !this.#isClosed) break;
        await Promise.race([this.#wake.promise, stopped]);
        continue;
      }
      const waitMs = (this.#queue[0]?.dueAt ?? 0) - performance.now();
      if (waitMs > 0) await sleep(Math.min(waitMs, lagMs), undefined, { signal });
      else await this.#deliver();
    }
    this.#isRunning = false;
    if (this.#isClosed) this.#end();
  }

  async #deliver(): Promise<void> {
    const { take, batch, random, redeliveredShare, signal } = this.#delivery;
    const now = performance.now();
    const due = this.#queue.findIndex(({ dueAt }) => dueAt > now);
    const records = this.#queue
      .splice(0, Math.min(due < 0 ? this.#queue.length : due, batch))
      .map(({ record }) => record);
    this.#inHand = records.length;
    const times = random.chance(redeliveredShare) ? 2 : 1;
    try {
      for (let n = 0; n < times; n += 1) {
        for (let left = records; left.length > 0; ) {
          left = left.slice(await take(left));
          if (left.length > 0) await sleep(RETRY_MS, undefined, { signal });
        }
      }
    } finally {
      this.#inHand = 0;
    }
  }
}
