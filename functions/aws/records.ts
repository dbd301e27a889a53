import { ConditionalCheckFailedException, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import {
  DeleteCommand,
  type DeleteCommandInput,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  type PutCommandInput,
  paginateQuery,
  paginateScan,
  type QueryCommandInput,
  type ScanCommandInput,
  TransactWriteCommand,
  type TransactWriteCommandInput,
  UpdateCommand,
  type UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { Throttled } from '../migration/errors.ts';
import type { Clock } from '../migration/ports.ts';
import { translate } from './errors.ts';

type Key = Record<string, string>;
export type Actions = NonNullable<TransactWriteCommandInput['TransactItems']>;

/** Tries of a transaction that met another on the same record; each lasts some milliseconds. */
const TRIES = 12;
const PAUSE_MS = 20;
/** Reasons for which a transaction was cancelled that pass by themselves. [API reference, TransactWriteItems] */
const PASSING = new Set(['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded']);

/**
 * Conditional reads and writes of our own records. A condition that does not hold is an answer, not an error: who set
 * it knows what it means. All methods throw `Throttled`, `Unavailable` and `TableNotFound`.
 */
export class Records {
  readonly #client: DynamoDBDocumentClient;
  readonly #clock: Clock;
  readonly #random: () => number;

  constructor(client: DynamoDBDocumentClient, clock: Clock, random: () => number) {
    this.#client = client;
    this.#clock = clock;
    this.#random = random;
  }

  /** Reads consistently. */
  async get(TableName: string, Key: Key): Promise<Record<string, unknown> | undefined> {
    const found = await this.#do(TableName, () =>
      this.#client.send(new GetCommand({ TableName, Key, ConsistentRead: true })),
    );
    return found.Item;
  }

  async *query(input: QueryCommandInput & { TableName: string }): AsyncGenerator<Record<string, unknown>> {
    const pages = paginateQuery({ client: this.#client }, input)[Symbol.asyncIterator]();
    for (;;) {
      const page = await this.#do(input.TableName, () => pages.next());
      if (page.done) return;
      yield* page.value.Items ?? [];
    }
  }

  async *scan(input: ScanCommandInput & { TableName: string }): AsyncGenerator<Record<string, unknown>> {
    const pages = paginateScan({ client: this.#client }, input)[Symbol.asyncIterator]();
    for (;;) {
      const page = await this.#do(input.TableName, () => pages.next());
      if (page.done) return;
      yield* page.value.Items ?? [];
    }
  }

  /** @returns whether the condition held. */
  async put(input: PutCommandInput & { TableName: string }): Promise<boolean> {
    return this.#holds(input.TableName, () => this.#client.send(new PutCommand(input)));
  }

  /** @returns whether the condition held. */
  async update(input: UpdateCommandInput & { TableName: string }): Promise<boolean> {
    return this.#holds(input.TableName, () => this.#client.send(new UpdateCommand(input)));
  }

  /** @returns whether the condition held. */
  async delete(input: DeleteCommandInput & { TableName: string }): Promise<boolean> {
    return this.#holds(input.TableName, () => this.#client.send(new DeleteCommand(input)));
  }

  /**
   * All or nothing.
   * @returns the positions of the actions whose conditions did not hold; empty where everything was written.
   * @throws Throttled where other transactions were in the way every time.
   */
  async transact(actions: Actions): Promise<number[]> {
    for (let tries = 1; ; tries += 1) {
      try {
        await this.#client.send(new TransactWriteCommand({ TransactItems: actions }));
        return [];
      } catch (error) {
        if (!(error instanceof TransactionCanceledException)) throw translate(error);
        const codes = (error.CancellationReasons ?? []).map((reason) => reason.Code);
        const failed = codes.flatMap((code, n) => (code === 'ConditionalCheckFailed' ? [n] : []));
        if (failed.length > 0) return failed;
        if (!codes.some((code) => code !== undefined && PASSING.has(code))) throw error;
        if (tries >= TRIES) throw new Throttled('other transactions held the record', [], { cause: error });
        await this.#clock.sleep(PAUSE_MS * tries * this.#random());
      }
    }
  }

  async #holds(table: string, call: () => Promise<unknown>): Promise<boolean> {
    try {
      await call();
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw translate(error, { table });
    }
  }

  async #do<T>(table: string, call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      throw translate(error, { table });
    }
  }
}
