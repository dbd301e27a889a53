import pLimit from 'p-limit';
import { TableNotFound, Throttled, Unavailable } from './errors.ts';
import type { Item } from './items.ts';
import { BATCH_WRITE_BYTES, BATCH_WRITE_ITEMS } from './limits.ts';
import { type EntityKey, type EpochMs, type TableName, type WriteUnits, writeUnits } from './names.ts';
import type { Partition, Ports, WriteBatch } from './ports.ts';
import { wireSize } from './wire-size.ts';

/** Of the request's 16 MB, what is left for table name, commands and keys. */
const ENVELOPE_BYTES = 64 * 1024;
/** Tries of one batch in which nothing of it was written, before the step gives up and the state machine retries it. */
const TRIES = 10;
/** First and longest pause between two tries, in ms; each is drawn between 0 and the bound. */
const PAUSE_MS = { first: 50, longest: 2_000 };

export interface RightToWrite {
  /** Ends calls under way when the right has run out. */
  readonly signal: AbortSignal;
  /** @throws where the right has run out. Asked before each call. */
  check(): void;
  /** Waits until the pace allows another call. */
  pace?(): Promise<void>;
  /** Told what a call has used, in write units. */
  spend?(units: WriteUnits): void;
}

/**
 * Writes puts and deletes of one tenant to one table, 25 at a time, a few batches side by side. What DynamoDB leaves
 * unprocessed is tried again, slower each time. The keys given between two flushes must differ. Nothing is known to be
 * written before `flush`; nothing is under way any more after `settle`.
 */
export class BatchWriter {
  readonly #ports: Pick<Ports, 'clock' | 'random'>;
  readonly #partition: Partition;
  readonly #table: TableName;
  readonly #right: RightToWrite | undefined;
  readonly #limit: ReturnType<typeof pLimit>;
  readonly #underWay = new Set<Promise<void>>();
  #puts: Item[] = [];
  #deletes: EntityKey[] = [];
  #bytes = 0;
  #units = 0;
  #failure: unknown;
  #unansweredAt: EpochMs | undefined;

  constructor(
    ports: Pick<Ports, 'clock' | 'random' | 'settings'>,
    partition: Partition,
    table: TableName,
    right?: RightToWrite,
  ) {
    this.#ports = ports;
    this.#partition = partition;
    this.#table = table;
    this.#right = right;
    this.#limit = pLimit(ports.settings.batchesInFlight);
  }

  /** Write units used so far. */
  get units(): WriteUnits {
    return writeUnits(this.#units);
  }

  /**
   * When a call was last given up that got no answer, whether or not it was tried again with success: it may still take
   * effect, until `lateCallMs` have passed. Whoever writes under a claim notes it before the claim is given back.
   */
  get unansweredAt(): EpochMs | undefined {
    return this.#unansweredAt;
  }

  /** Waits while enough batches are under way, so memory is bounded. @throws what an earlier batch failed with */
  async put(item: Item): Promise<void> {
    const bytes = wireSize(item);
    if (this.#bytes + bytes > BATCH_WRITE_BYTES - ENVELOPE_BYTES) await this.#send();
    this.#puts.push(item);
    this.#bytes += bytes;
    if (this.#isFull()) await this.#send();
  }

  /** Deletes the item under the key; that there is none is no error. @throws what an earlier batch failed with */
  async delete(key: EntityKey): Promise<void> {
    this.#deletes.push(key);
    if (this.#isFull()) await this.#send();
  }

  /**
   * Everything given so far is written when it returns.
   * @throws Throttled, Unavailable where ten tries in a row did not get a batch through. @throws TableNotFound
   */
  async flush(): Promise<void> {
    await this.#send();
    await Promise.all(this.#underWay);
    this.#throwFailure();
  }

  /** Waits until no call is under way, however it ends: a claim may be given back only then. */
  async settle(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  #isFull(): boolean {
    return this.#puts.length + this.#deletes.length >= BATCH_WRITE_ITEMS;
  }

  async #send(): Promise<void> {
    this.#throwFailure();
    const batch: WriteBatch = { puts: this.#puts, deletes: this.#deletes };
    this.#puts = [];
    this.#deletes = [];
    this.#bytes = 0;
    if (sizeOf(batch) > 0) {
      const sent: Promise<void> = this.#limit(() => this.#writeOrFail(batch)).finally(() =>
        this.#underWay.delete(sent),
      );
      this.#underWay.add(sent);
    }
    while (this.#limit.pendingCount > 0) await Promise.race(this.#underWay);
  }

  /** The failure is noted before the next batch begins, which then doesn't. */
  async #writeOrFail(batch: WriteBatch): Promise<void> {
    try {
      await this.#writeAll(batch);
    } catch (error) {
      this.#failure ??= error;
    }
  }

  async #writeAll(batch: WriteBatch): Promise<void> {
    let rest = batch;
    for (let tries = 1; this.#failure === undefined; tries += 1) {
      await this.#right?.pace?.();
      this.#right?.check();
      const result = await this.#write(rest);
      if (result.unprocessed === undefined || sizeOf(result.unprocessed) === sizeOf(rest)) {
        if (tries >= TRIES) throw result.error ?? new Throttled('DynamoDB left a whole batch unprocessed');
      } else {
        if (sizeOf(result.unprocessed) === 0) return;
        rest = result.unprocessed;
        tries = 1;
      }
      const pause = Math.min(PAUSE_MS.first * 2 ** tries, PAUSE_MS.longest) * this.#ports.random();
      await this.#ports.clock.sleep(pause, this.#right?.signal);
    }
  }

  async #write(batch: WriteBatch): Promise<{ unprocessed?: WriteBatch; error?: Error }> {
    try {
      const { unprocessed, units } = await this.#partition.write(this.#table, batch, this.#right?.signal);
      this.#units += units;
      this.#right?.spend?.(units);
      return { unprocessed };
    } catch (error) {
      if (mayArriveLate(error, this.#right?.signal)) this.#unansweredAt = this.#ports.clock.now();
      this.#right?.signal.throwIfAborted();
      if (error instanceof Throttled || error instanceof Unavailable) return { error };
      throw error;
    }
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }
}

/** A throttle and a refusal are answers; a call that never left cannot arrive. One that was aborted under way can. */
const mayArriveLate = (error: unknown, signal?: AbortSignal): boolean => {
  if (error instanceof Throttled || error instanceof TableNotFound) return false;
  return signal?.aborted === true || (error instanceof Unavailable && !error.isUnsent);
};

const sizeOf = ({ puts, deletes }: WriteBatch): number => puts.length + deletes.length;

/** Deletes the tenant's items under these keys in one table. @returns write units used. @throws as `BatchWriter.flush` */
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
    await writer.settle();
  }
  return writer.units;
};
