import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import type { LambdaContext } from '../../../functions/aws/step.ts';
import type { Ports } from '../../../functions/migration/ports.ts';
import { SeededRandom } from '../../../scripts/demo/random.ts';
import type { HandlerRun } from '../../../scripts/local/stack.ts';
import { failedItemsOf } from '../../../scripts/local/streams/batch-answer.ts';
import { TABLE_LAYOUT } from '../table-keys.ts';
import { until } from '../until.ts';
import { collectionOf, evenRanges, holds, isWithin, onlyItem, positionOf, type Range } from './position.ts';
import { type Delivery, Shard, type ShardRecord } from './shard.ts';

export interface ShardOptions {
  /** Determines lags, splits and redeliveries: equal seeds and records give equal ones. */
  readonly seed: string | number;
  /** Number of shards with which each stream begins, by hashes of partition keys; 1 by default. */
  readonly shards?: number;
  /** Maximum lag of half of the shards, in ms; 0 by default. The other half has none. */
  readonly mostLagMs?: number;
  /** Bounds of the number of records after which a shard splits; no shard splits by default. */
  readonly splitsAfter?: { readonly least: number; readonly most: number };
  /** Share of the batches that are delivered twice; 0 by default. */
  readonly redeliveredShare?: number;
  /** Maximum number of records in a batch; 100 by default. */
  readonly batch?: number;
}

/** Selects items by keys, tenant and table. An absent field selects all. */
export interface Where {
  readonly tenantId?: string;
  readonly keys?: readonly string[];
  readonly table?: string;
}

/** Name of the handler whose records are distributed over shards. */
const HANDLER = 'CaptureChanges';
/** Share of splits that put one item into a shard of its own, as DynamoDB isolates frequently accessed items. */
const ISOLATING_SHARE = 0.5;
const TIMEOUT_MS = 60_000;

const Delivered = z.object({
  Records: z.array(
    z.looseObject({
      eventSourceARN: z.string(),
      dynamodb: z.looseObject({
        SequenceNumber: z.string(),
        Keys: z.record(z.string(), z.looseObject({ S: z.string() })),
      }),
    }),
  ),
});

interface DeliveryParts extends Pick<Delivery, 'signal' | 'stopped'> {
  /** Invokes the handler with records, as Lambda does. */
  readonly invoke: (records: readonly ShardRecord[]) => Promise<unknown>;
}
interface Order {
  readonly where: Where;
  readonly holder: symbol;
}

/**
 * A layer between an engine, whose streams have one shard, and capture's handler. It divides each stream into many shards. The
 * changes of one item keep their order. Items in different shards have no order, and shards may lag differently. The layer
 * acknowledges the engine's records at once, and decides itself which records are delivered again, and when.
 */
export class ShardedStreams {
  readonly #options: ShardOptions;
  readonly #streams = new Map<string, Stream>();
  readonly #stopping = new AbortController();
  readonly #stopped: Promise<never>;
  #orders: Order[] = [];

  constructor(options: ShardOptions) {
    this.#options = options;
    const { promise, reject } = Promise.withResolvers<never>();
    promise.catch(() => undefined);
    this.#stopping.signal.addEventListener('abort', () => reject(this.#stopping.signal.reason));
    this.#stopped = promise;
  }

  /** Value for `StackOptions.wrapHandler`; must be the outermost wrapper. */
  readonly wrapHandler = (name: string, run: HandlerRun): HandlerRun =>
    name === HANDLER ? (ports, event) => this.#distribute(run, ports, event) : run;

  /**
   * Puts the changes of these items into shards of their own, which deliver nothing from now on. The changes of all other
   * items are delivered as before. @param where keys of any tenant, or a selection.
   */
  lag(where: readonly string[] | Where): void {
    const order = { where: 'length' in where ? { keys: where } : where, holder: Symbol('lag') };
    this.#orders.push(order);
    for (const [arn, stream] of this.#streams) if (isOf(order.where, arn)) stream.holdShardsOf(order);
  }

  /** Lets held shards catch up. Resolves once everything that has arrived so far was delivered. */
  async catchUp(where?: Where): Promise<void> {
    this.release(where);
    await this.delivered();
  }

  /** Lets held shards deliver again. */
  release(where?: Where): void {
    const holders = this.#holdersOf(where);
    this.#orders = this.#orders.filter(({ holder }) => !holders.has(holder));
    for (const stream of this.#streams.values()) stream.release(holders);
  }

  /** Returns the number of records that held shards have. */
  held(where?: Where): number {
    const holders = this.#holdersOf(where);
    return [...this.#streams.values()].reduce((sum, stream) => sum + stream.held(holders), 0);
  }

  /** Drops the undelivered records of held shards, which continue with later ones. @returns the number of lost records. */
  trim(where?: Where): number {
    const held = this.#holdersOf(where);
    const lost = [...this.#streams.values()].reduce((sum, stream) => sum + stream.trim(held), 0);
    this.release(where);
    return lost;
  }

  /**
   * Splits the shard of this item, either before the item or around it, so that it is alone. The new shards deliver records
   * that arrive from now on, after the old shard has ended.
   */
  split(tenantId: string, key: string, { isolates = false } = {}): void {
    const position = positionOf(tenantId, key);
    for (const stream of this.#streams.values())
      stream.isolate(isolates ? onlyItem(position) : { from: position });
  }

  /** Delivers the last record of this key again, even if later ones were delivered. @param table any by default. */
  async redeliver(key: string, table?: string): Promise<void> {
    const streams = [...this.#streams].filter(([arn]) => isOf({ ...(table ? { table } : {}) }, arn));
    const last = streams.map(([, stream]) => stream.lastOf(key)).findLast((found) => found !== undefined);
    if (!last) throw new Error(`no change of ${key} was delivered`);
    await last();
  }

  /** Resolves once all records that have arrived so far were delivered, except those in held shards. */
  async delivered(): Promise<void> {
    await until('the shards to deliver', () => this.#stopping.signal.aborted || this.left() === 0);
  }

  /** Returns the number of records that were not delivered yet, without those in held shards. */
  left(): number {
    return [...this.#streams.values()].reduce((sum, stream) => sum + stream.left(), 0);
  }

  /** Returns the ids of all open shards by table. */
  shards(): Record<string, string[]> {
    return Object.fromEntries([...this.#streams].map(([arn, { ids }]) => [tableOf(arn), ids]));
  }

  /** Stops all delivery. To be called before the stack is stopped. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.allSettled([...this.#streams.values()].flatMap(({ inFlight }) => [...inFlight]));
  }

  async #distribute(run: HandlerRun, ports: Ports, event: unknown): ReturnType<HandlerRun> {
    const { Records } = Delivered.parse(event);
    for (const given of Records) {
      const arn = given.eventSourceARN;
      const { Keys } = given.dynamodb;
      const record = {
        position: positionOf(TABLE_LAYOUT.tenantOf(Keys) ?? '', TABLE_LAYOUT.keyOf(Keys)),
        sequence: given.dynamodb.SequenceNumber,
        given,
      };
      let stream = this.#streams.get(arn);
      if (!stream) {
        stream = new Stream(tableOf(arn), this.#options, {
          signal: this.#stopping.signal,
          stopped: this.#stopped,
          invoke: (records) => run(ports, { Records: records.map((one) => one.given) }, contextOf()),
        });
        this.#streams.set(arn, stream);
      }
      stream.add(
        record,
        this.#orders.filter(({ where }) => isOf(where, arn) && speaksOf(where, record)),
      );
    }
    return { batchItemFailures: [] };
  }

  #holdersOf(where: Where | undefined): ReadonlySet<symbol> {
    const orders = this.#orders.filter((order) => where === undefined || isSame(order.where, where));
    return new Set(orders.map(({ holder }) => holder));
  }
}

/** Returns a stack's handler wrapper, behind the shards if there are any. */
export const behind =
  (shards: ShardedStreams | undefined, wrap: (name: string, run: HandlerRun) => HandlerRun) =>
  (name: string, run: HandlerRun): HandlerRun =>
    shards?.wrapHandler(name, wrap(name, run)) ?? wrap(name, run);

/** One stream, whose records arrive in the order of the changes. */
class Stream {
  readonly inFlight = new Set<Promise<unknown>>();
  readonly #table: string;
  readonly #options: ShardOptions;
  readonly #delivery: DeliveryParts;
  readonly #last = new Map<string, ShardRecord>();
  /** Open shards, with the number of records after which each splits. */
  readonly #open = new Map<Shard, { left: number; readonly random: SeededRandom }>();
  /** Closed shards with records left. */
  readonly #closing = new Set<Shard>();

  constructor(table: string, options: ShardOptions, delivery: DeliveryParts) {
    this.#table = table;
    this.#options = options;
    this.#delivery = delivery;
    evenRanges(options.shards ?? 1).forEach((range, n) => {
      this.#begin(String(n), range);
    });
  }

  get ids(): string[] {
    return [...this.#open.keys()].map(({ id }) => id);
  }

  add(record: ShardRecord, orders: readonly Order[]): void {
    for (const { where, holder } of orders) {
      const { tenantId } = record.position;
      const range = where.keys ? onlyItem(record.position) : collectionOf(tenantId);
      this.isolate(range, record.position).hold(holder);
    }
    const shard = this.#shardOf(record.position);
    shard.add(record);
    const splitting = this.#open.get(shard);
    if (!splitting) return;
    splitting.left -= 1;
    if (splitting.left > 0) return;
    const isAlone = splitting.random.chance(ISOLATING_SHARE);
    this.isolate(isAlone ? onlyItem(record.position) : { from: record.position });
  }

  /** Holds shards that were isolated before. */
  holdShardsOf({ where: { tenantId, keys }, holder }: Order): void {
    if (tenantId === undefined) return;
    const ranges = keys ? keys.map((key) => onlyItem(positionOf(tenantId, key))) : [collectionOf(tenantId)];
    for (const shard of this.#open.keys())
      if (ranges.some((range) => isPartOf(shard.range, range))) shard.hold(holder);
  }

  /** Splits shards at both ends of the range. @returns the shard of the position; of the range's beginning by default. */
  isolate({ from, to }: Range, position = from): Shard {
    if (from) this.#split(from);
    if (to) this.#split(to);
    if (!position) throw new Error('the range has no beginning');
    return this.#shardOf(position);
  }

  release(holders: ReadonlySet<symbol>): void {
    for (const shard of this.#all()) for (const holder of holders) shard.release(holder);
  }

  trim(holders: ReadonlySet<symbol>): number {
    return this.#heldBy(holders).reduce((sum, shard) => sum + shard.trim(), 0);
  }

  held(holders: ReadonlySet<symbol>): number {
    return this.#heldBy(holders).reduce((sum, shard) => sum + shard.left, 0);
  }

  left(): number {
    return this.#all().reduce((sum, shard) => sum + (shard.isHeld ? 0 : shard.left), 0);
  }

  lastOf(key: string): (() => Promise<unknown>) | undefined {
    const record = this.#last.get(key);
    return record && (() => this.#delivery.invoke([record]));
  }

  #heldBy(holders: ReadonlySet<symbol>): Shard[] {
    return this.#all().filter((shard) => shard.isHeldByAny(holders));
  }

  #all(): Shard[] {
    return [...this.#closing, ...this.#open.keys()];
  }

  #shardOf(position: ShardRecord['position']): Shard {
    const found = [...this.#open.keys()].find(({ range }) => holds(range, position));
    if (!found) throw new Error('the shards do not hold every position');
    return found;
  }

  #split(at: ShardRecord['position']): void {
    const shard = this.#shardOf(at);
    const { id, range } = shard;
    if (!isWithin(range, at)) return;
    this.#open.delete(shard);
    this.#closing.add(shard);
    shard.ended.then(() => this.#closing.delete(shard));
    this.#begin(`${id}.0`, { ...range, to: at }, shard);
    this.#begin(`${id}.1`, { ...range, from: at }, shard);
    shard.close();
  }

  #begin(id: string, range: Range, parent?: Shard): void {
    const { seed, mostLagMs = 0, splitsAfter, batch = 100, redeliveredShare = 0 } = this.#options;
    // a generator per shard, so that its random numbers do not depend on the timing of other shards
    const random = new SeededRandom(`${seed} ${this.#table} ${id}`);
    const lagMs = random.chance(0.5) ? 0 : random.between(0, mostLagMs);
    const left = splitsAfter ? random.between(splitsAfter.least, splitsAfter.most) : Number.POSITIVE_INFINITY;
    const take = (records: readonly ShardRecord[]) => this.#take(records);
    const { signal, stopped } = this.#delivery;
    const delivery = { take, lagMs, batch, redeliveredShare, random, signal, stopped };
    this.#open.set(new Shard(id, range, delivery, parent), { left, random });
  }

  async #take(records: readonly ShardRecord[]): Promise<number> {
    if (this.#delivery.signal.aborted) return 0;
    const call = this.#delivery.invoke(records);
    this.inFlight.add(call);
    try {
      const failed = failedItemsOf(await call);
      for (const record of records) this.#last.set(record.position.key, record);
      if (failed.size === 0) return records.length;
      return Math.max(
        0,
        records.findIndex(({ sequence }) => failed.has(sequence)),
      );
    } catch {
      return 0;
    } finally {
      this.inFlight.delete(call);
    }
  }
}

const tableOf = (arn: string): string => arn.split('/')[1] ?? arn;

const isOf = ({ table }: Where, arn: string): boolean => table === undefined || tableOf(arn) === table;

const speaksOf = ({ tenantId, keys }: Where, { position }: ShardRecord): boolean =>
  (tenantId === undefined || tenantId === position.tenantId) &&
  (keys === undefined || keys.includes(position.key));

const isSame = (order: Where, where: Where): boolean =>
  (['tenantId', 'table'] as const).every((name) => where[name] === undefined || where[name] === order[name]);

/** True if the range contains the whole shard. */
const isPartOf = (shard: Range, range: Range): boolean =>
  shard.from !== undefined &&
  holds(range, shard.from) &&
  shard.to !== undefined &&
  range.to !== undefined &&
  !isWithin({ from: range.to }, shard.to);

/** Returns the context that Lambda passes to a function with a time-out of 60 s. */
const contextOf = (): LambdaContext => {
  const deadline = performance.now() + TIMEOUT_MS;
  return {
    awsRequestId: randomUUID(),
    getRemainingTimeInMillis: () => Math.max(0, Math.floor(deadline - performance.now())),
  };
};
