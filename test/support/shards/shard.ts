import { setTimeout as sleep } from 'node:timers/promises';
import type { SeededRandom } from '../../../scripts/demo/random.ts';
import type { Position, Range } from './position.ts';

/** A stream record as the handler receives it, with the facts that a shard needs. */
export interface ShardRecord {
  readonly position: Position;
  readonly sequence: string;
  readonly given: unknown;
}

/** Options for a shard's delivery. */
export interface Delivery {
  /** Processes the records and returns how many of them, from the first on, were accepted. Never rejects. */
  readonly take: (records: readonly ShardRecord[]) => Promise<number>;
  readonly lagMs: number;
  /** Maximum number of records in a batch. */
  readonly batch: number;
  /** Share of the batches that are delivered twice, as if the first answer had been lost. */
  readonly redeliveredShare: number;
  readonly random: SeededRandom;
  readonly signal: AbortSignal;
  /** Rejects when the signal aborts. */
  readonly stopped: Promise<never>;
}

/** Time between two tries of a batch that was not accepted, in ms. */
const RETRY_MS = 25;

/**
 * A range of a stream's records, delivered as Lambda reads shards. It delivers them in order, each after the shard's lag, and
 * begins once its parent has ended. A batch that is not accepted is delivered again before later records.
 */
export class Shard {
  readonly id: string;
  readonly range: Range;
  /** Resolves once the shard is closed and all its records were delivered or trimmed. */
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

  /** Number of records that were not delivered yet. */
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

  /** Closes the shard to new records. It ends once it has delivered those that it has. */
  close(): void {
    this.#isClosed = true;
    this.#go();
  }

  /** Stops delivery until every holder has released the shard. */
  hold(holder: symbol): void {
    this.#holders.add(holder);
  }

  release(holder: symbol): void {
    if (!this.#holders.delete(holder)) return;
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }

  /** Drops undelivered records, as a stream drops records older than 24 hours. @returns their number. */
  trim(): number {
    const dropped = this.#queue.length;
    this.#queue = [];
    return dropped;
  }

  #go(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    // rejects only when the test stops
    this.#run().catch(() => undefined);
  }

  async #run(): Promise<void> {
    const { signal, stopped, lagMs } = this.#delivery;
    // one event-loop turn later at least, so that records that arrive together are one batch
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
