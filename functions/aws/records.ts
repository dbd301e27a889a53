import {
  type BatchStatementError,
  ConditionalCheckFailedException,
  TransactionCanceledException,
} from '@aws-sdk/client-dynamodb';
import {
  BatchExecuteStatementCommand,
  BatchGetCommand,
  BatchWriteCommand,
  DeleteCommand,
  type DeleteCommandInput,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  type PutCommandInput,
  paginateQuery,
  paginateScan,
  QueryCommand,
  type QueryCommandInput,
  type ScanCommandInput,
  TransactWriteCommand,
  type TransactWriteCommandInput,
  UpdateCommand,
  type UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb';
import pLimit from 'p-limit';
import type * as z from 'zod';
import type { Clock } from '../migration/clock-port.ts';
import { RecordDamaged, TableNotFound, Throttled, Unavailable } from '../migration/errors.ts';
import { BATCH_GET_KEYS, BATCH_STATEMENTS, BATCH_WRITE_ITEMS } from '../migration/limits.ts';
import { translateError } from './errors.ts';
import { parseRecord, type RecordLocation } from './parsing.ts';

type Key = Record<string, string>;
type WriteResult = { readonly put: Record<string, unknown> } | { readonly delete: Key };
export type TransactionActions = NonNullable<TransactWriteCommandInput['TransactItems']>;

/** Attempts at a transaction that conflicts with another one, or at a batch that is processed only in part. */
const TRIES = 12;
const PAUSE_MS = 20;
/** Batches in flight. */
const BATCHES = 8;
/** Temporary reasons for the cancellation of a transaction. [API reference, TransactWriteItems] */
const TRANSIENT = new Set(['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded']);

/**
 * Reads and conditionally writes our own records. A condition that does not hold is a result and not an error: the caller
 * that set it knows its meaning. All methods throw `Throttled`, `Unavailable` and `TableNotFound`.
 */
export class Records {
  readonly #client: DynamoDBDocumentClient;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #report: (damage: RecordDamaged) => void;

  /** @param report called with each damaged record, each time that it is read. */
  constructor(
    client: DynamoDBDocumentClient,
    clock: Clock,
    random: () => number,
    report: (damage: RecordDamaged) => void = () => undefined,
  ) {
    this.#client = client;
    this.#clock = clock;
    this.#random = random;
    this.#report = report;
  }

  /** Parses a record that was read by its key. @throws RecordDamaged after reporting it */
  parse<T>(schema: z.ZodType<T>, place: RecordLocation, record: unknown): T {
    try {
      return parseRecord(schema, place, record);
    } catch (error) {
      if (error instanceof RecordDamaged) this.#report(error);
      throw error;
    }
  }

  /** Parses one record of a list. @returns undefined if it is damaged, after reporting it: the list continues without it */
  parseListed<T>(schema: z.ZodType<T>, place: RecordLocation, record: unknown): T | undefined {
    try {
      return this.parse(schema, place, record);
    } catch (error) {
      if (error instanceof RecordDamaged) return undefined;
      throw error;
    }
  }

  /** Reads consistently. */
  async get(TableName: string, Key: Key): Promise<Record<string, unknown> | undefined> {
    const found = await this.#do(TableName, () =>
      this.#client.send(new GetCommand({ TableName, Key, ConsistentRead: true })),
    );
    return found.Item;
  }

  /** Reads the records under different keys consistently, in any order. */
  async getMany(TableName: string, keys: readonly Key[]): Promise<Record<string, unknown>[]> {
    const found: Record<string, unknown>[] = [];
    await this.#sideBySide(keys, BATCH_GET_KEYS, async (Keys) => {
      const input = { RequestItems: { [TableName]: { Keys, ConsistentRead: true } } };
      const page = await this.#do(TableName, () => this.#client.send(new BatchGetCommand(input)));
      found.push(...(page.Responses?.[TableName] ?? []));
      return page.UnprocessedKeys?.[TableName]?.Keys ?? [];
    });
    return found;
  }

  /** Puts and deletes records under different keys without conditions. */
  async writeMany(table: string, written: readonly WriteResult[]): Promise<void> {
    const requests = written.map((one) =>
      'put' in one ? { PutRequest: { Item: one.put } } : { DeleteRequest: { Key: one.delete } },
    );
    await this.#sideBySide(requests, BATCH_WRITE_ITEMS, async (some) => {
      const command = new BatchWriteCommand({ RequestItems: { [table]: some } });
      const { UnprocessedItems: left } = await this.#do(table, () => this.#client.send(command));
      return (left?.[table] ?? []) as typeof requests;
    });
  }

  /**
   * Deletes records under different keys, each only if its fields have the given values. Does not report which were deleted.
   * A batch of PartiQL statements is the only batch with conditions, and each statement has its own. [developer guide, PartiQL delete statements; API reference, BatchStatementError]
   */
  async deleteManyIf(
    table: string,
    all: readonly { readonly key: Key; readonly fields: Readonly<Record<string, string | number>> }[],
  ): Promise<void> {
    const statements = all.map(({ key, fields }) => {
      const wanted = Object.entries({ ...key, ...fields });
      const where = wanted.map(([field]) => `"${field}" = ?`).join(' AND ');
      return {
        Statement: `DELETE FROM "${table}" WHERE ${where}`,
        Parameters: wanted.map(([, value]) => value),
      };
    });
    await this.#sideBySide(statements, BATCH_STATEMENTS, async (Statements) => {
      const command = new BatchExecuteStatementCommand({ Statements });
      const { Responses = [] } = await this.#do(table, () => this.#client.send(command));
      return Statements.filter((_, n) => isLeft(table, Responses[n]?.Error));
    });
  }

  async *query(input: QueryCommandInput & { TableName: string }): AsyncGenerator<Record<string, unknown>> {
    const pages = paginateQuery({ client: this.#client }, input)[Symbol.asyncIterator]();
    for (;;) {
      const page = await this.#do(input.TableName, () => pages.next());
      if (page.done) return;
      yield* page.value.Items ?? [];
    }
  }

  /** Reads one page. @returns its records, the key after which to continue, and the read units used */
  async queryPage(input: QueryCommandInput & { TableName: string }): Promise<{
    readonly records: readonly Record<string, unknown>[];
    readonly last?: Record<string, unknown>;
    readonly units: number;
  }> {
    const command = new QueryCommand({ ...input, ReturnConsumedCapacity: 'TOTAL' });
    const page = await this.#do(input.TableName, () => this.#client.send(command));
    return {
      records: page.Items ?? [],
      last: page.LastEvaluatedKey,
      units: page.ConsumedCapacity?.CapacityUnits ?? 0,
    };
  }

  async *scan(input: ScanCommandInput & { TableName: string }): AsyncGenerator<Record<string, unknown>> {
    const pages = paginateScan({ client: this.#client }, input)[Symbol.asyncIterator]();
    for (;;) {
      const page = await this.#do(input.TableName, () => pages.next());
      if (page.done) return;
      yield* page.value.Items ?? [];
    }
  }

  /** @returns true if the condition held */
  async put(input: PutCommandInput & { TableName: string }): Promise<boolean> {
    return this.#holds(input.TableName, () => this.#client.send(new PutCommand(input)));
  }

  /** @returns true if the condition held */
  async update(input: UpdateCommandInput & { TableName: string }): Promise<boolean> {
    return this.#holds(input.TableName, () => this.#client.send(new UpdateCommand(input)));
  }

  /** @returns true if the condition held */
  async delete(input: DeleteCommandInput & { TableName: string }): Promise<boolean> {
    return this.#holds(input.TableName, () => this.#client.send(new DeleteCommand(input)));
  }

  /**
   * Writes all actions or none.
   * @returns the positions of the actions whose conditions did not hold; empty if everything was written.
   * @throws Throttled if every attempt conflicted with other transactions.
   */
  async transact(actions: TransactionActions): Promise<number[]> {
    for (let tries = 1; ; tries += 1) {
      try {
        await this.#client.send(new TransactWriteCommand({ TransactItems: actions }));
        return [];
      } catch (error) {
        if (!(error instanceof TransactionCanceledException)) throw translateError(error);
        const codes = (error.CancellationReasons ?? []).map((reason) => reason.Code);
        const failed = codes.flatMap((code, n) => (code === 'ConditionalCheckFailed' ? [n] : []));
        if (failed.length > 0) return failed;
        if (!codes.some((code) => code !== undefined && TRANSIENT.has(code))) throw error;
        if (tries >= TRIES)
          throw new Throttled('every attempt conflicted with other transactions', [], { cause: error });
        await this.#clock.sleep(PAUSE_MS * tries * this.#random());
      }
    }
  }

  /** Processes several batches concurrently, each until nothing of it is left. */
  async #sideBySide<T>(all: readonly T[], batch: number, some: (left: T[]) => Promise<T[]>): Promise<void> {
    const batches = Array.from({ length: Math.ceil(all.length / batch) }, (_, n) =>
      all.slice(n * batch, (n + 1) * batch),
    );
    await pLimit(BATCHES).map(batches, (one) => this.#untilNoneIsLeft(one, some));
  }

  /** Repeats a batch until nothing of it is left. @throws Throttled if something was left every time */
  async #untilNoneIsLeft<T>(all: T[], some: (left: T[]) => Promise<T[]>): Promise<void> {
    let left = await some(all);
    for (let tries = 1; left.length > 0; tries += 1) {
      if (tries >= TRIES)
        throw new Throttled('DynamoDB left part of a batch of records unprocessed every time');
      await this.#clock.sleep(PAUSE_MS * tries * this.#random());
      left = await some(left);
    }
  }

  async #holds(table: string, call: () => Promise<unknown>): Promise<boolean> {
    try {
      await call();
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw translateError(error, { table });
    }
  }

  async #do<T>(table: string, call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      throw translateError(error, { table });
    }
  }
}

/** True if a statement of a batch has to be repeated. @throws an error that repeating cannot resolve */
const isLeft = (table: string, error: BatchStatementError | undefined): boolean => {
  if (!error) return false;
  switch (error.Code) {
    case 'ConditionalCheckFailed':
      return false;
    case 'RequestLimitExceeded':
    case 'ProvisionedThroughputExceeded':
    case 'ThrottlingError':
    case 'TransactionConflict':
      return true;
    case 'InternalServerError':
      throw new Unavailable(error.Message ?? error.Code);
    case 'ResourceNotFound':
      throw new TableNotFound(`there is no table ${table}`, { table });
    default:
      throw new Error(`${error.Code}: ${error.Message}`);
  }
};
