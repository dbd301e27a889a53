import { setTimeout as sleep } from 'node:timers/promises';
import {
  DeleteItemCommand,
  type DynamoDBClient,
  type DynamoDBClientConfig,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { dynamoClient } from '../../functions/aws/client.ts';
import { systemClock } from '../../functions/aws/clock.ts';
import type { Clock } from '../../functions/migration/clock-port.ts';
import type { Item } from '../../functions/migration/items/items.ts';
import { epochMs } from '../../functions/migration/names.ts';
import { SeededRandom } from '../../scripts/demo/random.ts';
import { placedKey } from '../support/table-keys.ts';
import { type Call, History, type Operation, type Outcome, type Value } from './history.ts';
import { INDEX, indexKeyOf } from './index-reads.ts';
import {
  cancellationOf,
  type Pair,
  readBatch,
  readPair,
  type Sender,
  writeBatch,
  writePair,
} from './several-keys.ts';

/** The operations of a router that clients use. */
export interface RoutedClients {
  read<T>(tenantId: string, fn: Routable<T>): Promise<T>;
  write<T>(tenantId: string, fn: Routable<T>): Promise<T>;
  /** The client to send by, and the table's name in its requests. By default the client is the bare one. */
  readonly routed?: { readonly table: string; wrap(client: DynamoDBClient): DynamoDBClient };
}
type Routable<T> = (table: string, options: { signal: AbortSignal }) => Promise<T>;

export interface LoadOptions {
  readonly dynamodb: DynamoDBClientConfig;
  readonly tenantId: string;
  /** Sort keys, the most used ones first. */
  readonly keys: readonly [string, ...string[]];
  /** Two more keys, which clients that do not call a router read and write in transactions. They also send batches. */
  readonly pair?: Pair;
  readonly clients?: number;
  readonly seed: string;
  /** Lease in ms. Stalls last up to twice as long. */
  readonly leaseMs: number;
  /** Maximum time between a client's operations, apart from stalls, in ms. */
  readonly pauseMs?: number;
  /** Returns the process of one client, which may be suspended. By default none is. */
  processOf?(clock: Clock): Process;
  /** Returns the router of one client. The clients' clocks differ in wall-clock time, but not in speed. */
  router(client: {
    readonly number: number;
    readonly clock: Clock;
    readonly dynamodb: DynamoDBClientConfig;
  }): RoutedClients;
}

/** The process of a client. */
export interface Process {
  readonly clock: Clock;
  /** Settings of its DynamoDB clients. */
  readonly client: Pick<DynamoDBClientConfig, 'extensions'>;
}

export interface Load {
  readonly history: History;
  /** Returns each client's numbers of failed operations, by the error's name. */
  errors(): Record<string, number>[];
  /** Waits for operations under way, then reads each key once more. @throws the error that broke a client, if one did */
  stop(): Promise<Operation[]>;
}

/** Starts clients that read and write the same few keys of one tenant until they are stopped. */
export const startClients = (options: LoadOptions): Load => {
  const history = new History();
  const stopping = new AbortController();
  const clients = Array.from(
    { length: options.clients ?? 8 },
    (_, number) => new Client(number, options, history, stopping.signal),
  );
  const running = Promise.all(clients.map((client) => client.run()));
  // `stop` rejects with it; until then it is no unhandled rejection
  running.catch(() => {});
  return {
    history,
    errors: () => clients.map(({ errors }) => Object.fromEntries(errors)),
    async stop() {
      stopping.abort();
      try {
        await running;
        for (const key of options.keys) await clients[0]?.operate(key, { kind: 'read' });
      } finally {
        for (const client of clients) client.close();
      }
      return history.operations();
    },
  };
};

/** Error of a router that calls a write again which was sent before: it might take effect twice. */
class SentTwice extends Error {
  override readonly name = 'SentTwice';
}

/** Share of operations before which, and within which, a client stalls. */
const STALLS = 0.03;
/** Share of the requests of a routed client that concern several keys, and maximum number of keys in a batch. */
const SEVERAL = 0.3;
const BATCH_KEYS = 5;
const HOUR_MS = 3_600_000;

class Client {
  readonly errors = new Map<string, number>();
  private readonly number: number;
  private readonly options: LoadOptions;
  private readonly history: History;
  private readonly stopping: AbortSignal;
  private readonly random: SeededRandom;
  private readonly dynamodb: DynamoDBClient;
  private readonly router: RoutedClients;
  /** Value that the client read or wrote last, by key. */
  private readonly lastSeen = new Map<string, Value>();
  private values = 0;

  constructor(number: number, options: LoadOptions, history: History, stopping: AbortSignal) {
    this.number = number;
    this.options = options;
    this.history = history;
    this.stopping = stopping;
    this.random = new SeededRandom(`${options.seed}.${number}`);
    const skew = number % 3 === 0 ? 0 : this.random.between(-HOUR_MS, HOUR_MS);
    const skewed: Clock = { ...systemClock, now: () => epochMs(systemClock.now() + skew) };
    const { clock, client } = options.processOf?.(skewed) ?? { clock: skewed, client: {} };
    const dynamodb = { ...options.dynamodb, ...client };
    // no retries of the SDK, which would make two writes of one recorded operation
    const bare = dynamoClient({ ...dynamodb, maxAttempts: 1 });
    this.router = options.router({ number, clock, dynamodb });
    const { routed } = this.router;
    this.dynamodb = routed?.wrap(bare) ?? bare;
    // a client that routes takes the lease within `send`
    if (routed) this.stallBeforeSending(bare);
  }

  async run(): Promise<void> {
    while (!this.stopping.aborted) {
      await this.wait(this.random.next() * (this.options.pauseMs ?? 4));
      if (this.random.chance(STALLS)) await this.stall();
      const { routed } = this.router;
      if (routed && this.random.chance(SEVERAL)) {
        await this.operateOnSeveral(routed.table);
        continue;
      }
      const key = this.someKey();
      const kind = this.random.pick<Call['kind']>([
        'read',
        'read',
        'read',
        'put',
        'put',
        'putIf',
        'putIf',
        'putIf',
        'delete',
      ]);
      // reads first in half of the cases, since an update of an old value is mostly refused
      if (kind === 'putIf' && this.random.chance(0.5)) await this.operate(key, { kind: 'read' });
      await this.operate(key, this.callOf(kind, key));
    }
  }

  async operate(key: string, call: Call): Promise<void> {
    const end = this.history.begin(this.number, key, call);
    const sent = { count: 0 };
    try {
      const outcome = await this.send(key, call, sent);
      end(outcome);
      this.remember(key, call, outcome);
    } catch (error) {
      const outcome = outcomeOf(error, call, sent.count > 0);
      end(outcome);
      this.count(error, outcome);
    }
  }

  private remember(key: string, call: Call, outcome: Outcome): void {
    if (outcome.is === 'seen') this.lastSeen.set(key, outcome.value);
    else if (outcome.is === 'written') this.lastSeen.set(key, 'value' in call ? call.value : undefined);
  }

  private count(error: unknown, outcome: Outcome): void {
    const name = nameOf(error);
    if (outcome.is !== 'refused') this.errors.set(name, (this.errors.get(name) ?? 0) + 1);
  }

  /** Sends a batch, or a transaction on the pair. Each key has an operation of its own; the pair has one. */
  private async operateOnSeveral(table: string): Promise<void> {
    const { calls, send } = this.requestOnSeveral({
      client: this.dynamodb,
      table,
      tenantId: this.options.tenantId,
    });
    const begun = [...calls].map(([key, call]) => {
      const end = this.history.begin(this.number, key, call);
      return { key, call, end };
    });
    try {
      const outcomes = await send();
      for (const { key, call, end } of begun) {
        const outcome = outcomes.get(key) ?? { is: 'unknown' };
        end(outcome);
        this.remember(key, call, outcome);
      }
    } catch (error) {
      const outcomes = begun.map(({ call, end }) => {
        const outcome = outcomeOf(error, call, true);
        end(outcome);
        return outcome;
      });
      // a transaction that met another one was not run, and may be sent again
      if (cancellationOf(error) !== 'conflict') this.count(error, outcomes[0] ?? { is: 'never' });
    }
  }

  private requestOnSeveral(sender: Sender): {
    readonly calls: ReadonlyMap<string, Call>;
    send(): Promise<ReadonlyMap<string, Outcome>>;
  } {
    const { pair } = this.options;
    if (pair && this.random.chance(0.5)) {
      const kind = this.random.pick<Call['kind']>(['read', 'read', 'put', 'putIf', 'putIf', 'delete']);
      const call = this.callOf(kind, pair.name);
      const sent = () =>
        kind === 'read' ? readPair(sender, pair) : writePair(sender, pair, call, conditionOf);
      return {
        calls: new Map([[pair.name, call]]),
        send: async () => new Map([[pair.name, await sent()]]),
      };
    }
    const keys = new Set(Array.from({ length: this.random.between(2, BATCH_KEYS) }, () => this.someKey()));
    const isRead = this.random.chance(0.5);
    const calls = new Map(
      [...keys].map((key) => [
        key,
        this.callOf(isRead ? 'read' : this.random.pick(['put', 'put', 'delete']), key),
      ]),
    );
    const send = isRead
      ? () => readBatch(sender, [...keys])
      : () => writeBatch(sender, calls, (at, value) => this.itemOf(at, value));
    return { calls, send };
  }

  close(): void {
    this.dynamodb.destroy();
  }

  /** Draws the first keys often, for conflicts, and the last ones rarely, so that a loss there is not overwritten before a read. */
  private someKey(): string {
    const { keys } = this.options;
    return keys[Math.floor(keys.length * this.random.next() ** 2)] ?? keys[0];
  }

  private callOf(kind: Call['kind'], key: string): Call {
    if (kind === 'read' || kind === 'delete') return { kind };
    this.values += 1;
    const value = `${this.options.seed}.${this.number}.${this.values}`;
    if (kind === 'put') return { kind, value };
    return { kind, value, expected: this.random.chance(0.1) ? undefined : this.lastSeen.get(key) };
  }

  private send(key: string, call: Call, sent: { count: number }): Promise<Outcome> {
    const { tenantId } = this.options;
    const at = placedKey(tenantId, key);
    const ready = async (signal: AbortSignal) => {
      if (this.random.chance(STALLS)) await this.stall();
      // an operation that was aborted before this is known not to have been sent
      signal.throwIfAborted();
      sent.count += 1;
    };
    if (call.kind === 'read') {
      return this.router.read(tenantId, async (table, { signal }) => {
        await ready(signal);
        const get = new GetItemCommand({ TableName: table, Key: at, ConsistentRead: true });
        const { Item } = await this.dynamodb.send(get, { abortSignal: signal });
        return { is: 'seen', value: Item?.value?.S };
      });
    }
    return this.router.write(tenantId, async (table, { signal }) => {
      if (sent.count > 0) throw new SentTwice('a write is called again');
      await ready(signal);
      if (call.kind === 'delete') {
        await this.dynamodb.send(new DeleteItemCommand({ TableName: table, Key: at }), {
          abortSignal: signal,
        });
      } else {
        const Item = this.itemOf(at, call.value);
        const put = new PutItemCommand({ TableName: table, Item, ...conditionOf(call) });
        await this.dynamodb.send(put, { abortSignal: signal });
      }
      return { is: 'written' };
    });
  }

  private stallBeforeSending({ middlewareStack }: DynamoDBClient): void {
    middlewareStack.add(
      (next) => async (args) => {
        if (this.random.chance(STALLS)) await this.stall();
        return next(args);
      },
      { step: 'build', name: 'stallBeforeSending' },
    );
  }

  private itemOf(at: Item, value: string): Item {
    const pad = { S: 'x'.repeat(this.random.between(0, 2_000)) };
    const index = { [INDEX.partitionKey.name]: { S: indexKeyOf(this.options.tenantId) } };
    return { ...at, ...index, entityType: { S: 'STUDENT' }, value: { S: value }, pad };
  }

  private stall(): Promise<void> {
    return this.wait(this.random.next() * 2 * this.options.leaseMs);
  }

  /** Waits for a time in ms, or until the clients are stopped. */
  private async wait(ms: number): Promise<void> {
    try {
      await sleep(ms, undefined, { signal: this.stopping });
    } catch {
      // stopped
    }
  }
}

const conditionOf = (call: Call) => {
  if (call.kind !== 'putIf') return {};
  const ExpressionAttributeNames = { '#value': 'value' };
  return call.expected === undefined
    ? { ConditionExpression: 'attribute_not_exists(#value)', ExpressionAttributeNames }
    : {
        ConditionExpression: '#value = :expected',
        ExpressionAttributeNames,
        ExpressionAttributeValues: { ':expected': { S: call.expected } },
      };
};

const outcomeOf = (error: unknown, call: Call, isSent: boolean): Outcome => {
  const name = nameOf(error);
  if (call.kind === 'read' || !isSent) return { is: 'never' };
  if (name === 'ConditionalCheckFailedException' || cancellationOf(error) === 'condition')
    return { is: 'refused' };
  // the router guarantees that no write was sent; if one was, that is a violation
  if (name === 'TenantWriteFenced' || name === 'TenantWriteNotSent') return { is: 'never' };
  const status = statusOf(error);
  return { is: status >= 400 && status < 500 ? 'never' : 'unknown' };
};

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : String(error));

/** Returns the HTTP status of DynamoDB's answer; 0 without an answer. */
const statusOf = (error: unknown): number => {
  const metadata = error instanceof Error && '$metadata' in error ? error.$metadata : undefined;
  const isStatus = typeof metadata === 'object' && metadata !== null && 'httpStatusCode' in metadata;
  return isStatus && typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : 0;
};
