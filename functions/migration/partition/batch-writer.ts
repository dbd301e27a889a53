import pLimit from 'p-limit';
import { TableNotFound, Throttled, Unavailable } from '../errors.ts';
import { itemSize } from '../items/item-size.ts';
import { writeUnitsOf } from '../items/item-units.ts';
import type { Item } from '../items/items.ts';
import { type KeyLayout, layoutOf } from '../items/key-layout.ts';
import { wireSize } from '../items/wire-size.ts';
import { BATCH_WRITE_BYTES, BATCH_WRITE_ITEMS } from '../limits.ts';
import { type EntityKey, type EpochMs, type TableName, type WriteUnits, writeUnits } from '../names.ts';
import type { Ports } from '../ports.ts';
import type { TableDesign } from '../settings/settings.ts';
import type { Pacer } from './pacer.ts';
import type { Partition, WriteBatch } from './partition-port.ts';
import { retryPauseMs } from './retry-pause.ts';

/** The part of the request's 16 MB that is reserved for table name, commands and keys. */
const ENVELOPE_BYTES = 64 * 1024;
/**
 * Maximum number of consecutive tries of a batch in which nothing of it was written. After that the step fails and the
 * state machine retries it. A worker with a deadline does not count throttled tries: it continues, more slowly, until
 * the deadline.
 */
const TRIES = 10;

export interface WriteGuard {
  /** Aborts calls in flight when the claim has run out. */
  readonly signal: AbortSignal;
  /** Called before each call. @throws if the claim has run out. */
  check(): void;
  /** Called before each try. Renews the claim if that is due. */
  keepAlive?(): Promise<void>;
  /** Limits calls to the migration's rate. */
  readonly pacer?: Pick<Pacer, 'isLimited' | 'unitsPerCall' | 'take' | 'correctUnits'>;
  /** Time on the monotonic clock until which a throttled batch is tried again, in ms. */
  readonly deadline?: number;
}

/** Items that have been written, in the order in which they were put. */
export interface WriteResult {
  /** Key of the last of these items; absent if there are none. */
  readonly through?: EntityKey;
  readonly items: number;
  /** DynamoDB item sizes. */
  readonly bytes: number;
}

/** The items that a try left unprocessed, or the error that left its result unknown. */
interface TryResult {
  readonly unprocessed?: WriteBatch;
  readonly error?: Error;
}

/** A batch with the totals of its puts. */
interface SentBatch extends WriteResult {
  readonly batch: WriteBatch;
  isWritten: boolean;
}

/**
 * Writes puts and deletes of one tenant to one table, 25 per request, with a few batches in flight. Items that DynamoDB
 * leaves unprocessed are tried again after growing pauses. Each throttle halves the number of concurrent calls, and
 * each round of successful batches adds one. The keys given between two flushes must differ. Only `flush` and
 * `takeWritten` report what is written. After `finish` no call is in flight.
 */
export class BatchWriter {
  readonly #ports: Pick<Ports, 'clock' | 'random'>;
  readonly #partition: Partition;
  readonly #table: TableName;
  readonly #guard: WriteGuard | undefined;
  readonly #limit: ReturnType<typeof pLimit>;
  /** Limits calls, while `#limit` limits batches: a batch that waits for its next try is in flight without a call. */
  readonly #calls: ReturnType<typeof pLimit>;
  readonly #mostCalls: number;
  readonly #design: TableDesign;
  readonly #layout: KeyLayout;
  readonly #inFlight = new Set<Promise<void>>();
  /** In the order in which they were sent, beginning with the first that `takeWritten` has not returned. */
  readonly #sent: SentBatch[] = [];
  /** Estimated write units of deletes, if known. */
  readonly #deleteUnits = new Map<EntityKey, number>();
  #callsAtOnce: number;
  #puts: Item[] = [];
  #deletes: EntityKey[] = [];
  #bytes = 0;
  #itemBytes = 0;
  #batchUnits = 0;
  #units = 0;
  #failure: unknown;
  #unansweredAt: EpochMs | undefined;
  #throttles = 0;

  constructor(
    ports: Pick<Ports, 'clock' | 'random' | 'settings'>,
    partition: Partition,
    table: TableName,
    guard?: WriteGuard,
  ) {
    this.#ports = ports;
    this.#partition = partition;
    this.#table = table;
    this.#guard = guard;
    this.#mostCalls = ports.settings.batchesInFlight;
    this.#callsAtOnce = this.#mostCalls;
    this.#design = ports.settings.tableDesign;
    this.#layout = layoutOf(ports.settings);
    this.#limit = pLimit(this.#mostCalls);
    this.#calls = pLimit(this.#mostCalls);
  }

  /** Write units used so far. */
  get units(): WriteUnits {
    return writeUnits(this.#units);
  }

  /** Tries so far that DynamoDB throttled, or of which it left something. */
  get throttles(): number {
    return this.#throttles;
  }

  /**
   * Time at which a call without an answer was last given up, whether or not a later try succeeded. The call may still
   * take effect until `lateCallMs` have passed. A worker notes this time before it gives its claim back.
   */
  get unansweredAt(): EpochMs | undefined {
    return this.#unansweredAt;
  }

  /**
   * Puts the item. Waits while enough batches are in flight, which bounds memory.
   * @throws the error of an earlier batch.
   */
  async put(item: Item): Promise<void> {
    const bytes = wireSize(item);
    const units = this.#guard?.pacer?.isLimited ? writeUnitsOf(this.#design, item) : 0;
    if (this.#bytes + bytes > BATCH_WRITE_BYTES - ENVELOPE_BYTES || this.#exceeds(units)) await this.#send();
    this.#puts.push(item);
    this.#bytes += bytes;
    this.#itemBytes += itemSize(item);
    this.#batchUnits += units;
    if (this.#isFull()) await this.#send();
  }

  /**
   * Deletes the item under the key, if there is one.
   * @param item the existing item, from which the write units are estimated.
   * @throws the error of an earlier batch.
   */
  async delete(key: EntityKey, item?: Item): Promise<void> {
    const units = item && this.#guard?.pacer?.isLimited ? writeUnitsOf(this.#design, item) : 1;
    if (this.#exceeds(units)) await this.#send();
    this.#deletes.push(key);
    this.#deleteUnits.set(key, units);
    this.#batchUnits += units;
    if (this.#isFull()) await this.#send();
  }

  /**
   * Returns the written items put since the last call, up to the first item that is not written yet. So a cursor may be
   * moved to the last of them while later batches are in flight.
   */
  takeWritten(): WriteResult {
    let found: WriteResult = { items: 0, bytes: 0 };
    for (let first = this.#sent[0]; first?.isWritten; first = this.#sent[0]) {
      this.#sent.shift();
      found = {
        through: first.through ?? found.through,
        items: found.items + first.items,
        bytes: found.bytes + first.bytes,
      };
    }
    return found;
  }

  /**
   * Returns once everything given so far is written.
   * @throws Throttled, Unavailable if a batch made no progress in ten consecutive tries; with a deadline, Throttled
   * only after it.
   * @throws TableNotFound
   */
  async flush(): Promise<void> {
    await this.#send();
    await Promise.all(this.#inFlight);
    this.#throwFailure();
  }

  /** Waits until no call is in flight, whatever the results. Only then may a claim be given back. */
  async finish(): Promise<void> {
    await Promise.all(this.#inFlight);
  }

  #isFull(): boolean {
    return this.#puts.length + this.#deletes.length >= BATCH_WRITE_ITEMS;
  }

  /** True if the batch with these additional units would exceed the limit of one call. */
  #exceeds(units: number): boolean {
    if (this.#puts.length + this.#deletes.length === 0) return false;
    return this.#batchUnits + units > (this.#guard?.pacer?.unitsPerCall ?? Number.POSITIVE_INFINITY);
  }

  async #send(): Promise<void> {
    this.#throwFailure();
    const batch: WriteBatch = { puts: this.#puts, deletes: this.#deletes };
    const last = this.#puts.at(-1);
    const sent: SentBatch = {
      batch,
      through: last && this.#layout.keyOf(last),
      items: this.#puts.length,
      bytes: this.#itemBytes,
      isWritten: false,
    };
    this.#puts = [];
    this.#deletes = [];
    this.#bytes = 0;
    this.#itemBytes = 0;
    this.#batchUnits = 0;
    if (sizeOf(batch) > 0) {
      if (last) this.#sent.push(sent);
      const done: Promise<void> = this.#limit(() => this.#writeOrFail(sent)).finally(() =>
        this.#inFlight.delete(done),
      );
      this.#inFlight.add(done);
    }
    while (this.#limit.pendingCount > 0) await Promise.race(this.#inFlight);
  }

  /** Records a failure before the next batch starts, so that batch is not sent. */
  async #writeOrFail(sent: SentBatch): Promise<void> {
    try {
      sent.isWritten = await this.#writeAll(sent.batch);
    } catch (error) {
      this.#failure ??= error;
    }
  }

  /** @returns true once the batch is written completely; false if it was abandoned because another batch failed. */
  async #writeAll(batch: WriteBatch): Promise<boolean> {
    let rest = batch;
    for (let tries = 1; this.#failure === undefined; tries += 1) {
      const result = await this.#calls(() => this.#tryOnce(rest));
      const left = result.unprocessed ?? rest;
      if (sizeOf(left) === 0) {
        this.#raiseConcurrency();
        for (const key of batch.deletes) this.#deleteUnits.delete(key);
        return true;
      }
      if (!(result.error instanceof Unavailable)) this.#lowerConcurrency();
      if (sizeOf(left) < sizeOf(rest)) tries = 1;
      else if (this.#isGivenUp(tries, result.error))
        throw (
          result.error ??
          new Throttled(
            'DynamoDB left a whole batch of writes unprocessed, in every try. What was written stays; the step is tried again',
          )
        );
      rest = left;
      await this.#ports.clock.sleep(retryPauseMs(tries, this.#ports.random), this.#guard?.signal);
    }
    return false;
  }

  async #tryOnce(batch: WriteBatch): Promise<TryResult> {
    const pacer = this.#guard?.pacer;
    const units = pacer?.isLimited ? this.#unitsOf(batch) : 0;
    if (pacer?.isLimited) await pacer.take(units);
    await this.#guard?.keepAlive?.();
    this.#guard?.check();
    const { used = 0, ...result } = await this.#write(batch);
    pacer?.correctUnits(units, used);
    return result;
  }

  #isGivenUp(tries: number, error: Error | undefined): boolean {
    const deadline = this.#guard?.deadline;
    if (deadline === undefined || error instanceof Unavailable) return tries >= TRIES;
    return this.#ports.clock.monotonic() >= deadline;
  }

  #raiseConcurrency(): void {
    this.#callsAtOnce = Math.min(this.#callsAtOnce + 1 / this.#callsAtOnce, this.#mostCalls);
    this.#calls.concurrency = Math.floor(this.#callsAtOnce);
  }

  #lowerConcurrency(): void {
    this.#throttles += 1;
    this.#callsAtOnce = Math.max(1, this.#callsAtOnce / 2);
    this.#calls.concurrency = Math.floor(this.#callsAtOnce);
  }

  #unitsOf({ puts, deletes }: WriteBatch): number {
    const putUnits = puts.reduce((sum, item) => sum + writeUnitsOf(this.#design, item), 0);
    return deletes.reduce((sum, key) => sum + (this.#deleteUnits.get(key) ?? 1), putUnits);
  }

  async #write(batch: WriteBatch): Promise<TryResult & { used?: number }> {
    try {
      const { unprocessed, units } = await this.#partition.write(this.#table, batch, this.#guard?.signal);
      this.#units += units;
      return { unprocessed, used: units };
    } catch (error) {
      if (mayArriveLate(error, this.#guard?.signal)) this.#unansweredAt = this.#ports.clock.now();
      this.#guard?.signal.throwIfAborted();
      if (error instanceof Throttled || error instanceof Unavailable) return { error };
      throw error;
    }
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }
}

/**
 * True if the call may still take effect: it was aborted in flight, or its connection failed after it was sent. A
 * throttle and a rejection are answers, and a call that was never sent cannot arrive.
 */
const mayArriveLate = (error: unknown, signal?: AbortSignal): boolean => {
  if (error instanceof Throttled || error instanceof TableNotFound) return false;
  return signal?.aborted === true || (error instanceof Unavailable && !error.isUnsent);
};

const sizeOf = ({ puts, deletes }: WriteBatch): number => puts.length + deletes.length;

/**
 * Deletes the tenant's items under these keys in one table.
 * @returns the write units used.
 * @throws as `BatchWriter.flush`
 */
export const deleteKeys = async (
  ports: Pick<Ports, 'clock' | 'random' | 'settings'>,
  partition: Partition,
  table: TableName,
  keys: readonly EntityKey[],
): Promise<WriteUnits> => {
  const writer = new BatchWriter(ports, partition, table);
  try {
    for (const key of keys) await writer.delete(key);
    await writer.flush();
  } finally {
    await writer.finish();
  }
  return writer.units;
};
