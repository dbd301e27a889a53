import { setTimeout as sleep } from 'node:timers/promises';
import {
  type AttributeValue,
  CreateTableCommand,
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { type RouterClock, systemClock } from '../../functions/router/clock.ts';
import { type RouteClient, TenantRouter } from '../../functions/router/tenant-router.ts';
import { TABLE_LAYOUT } from '../support/table-keys.ts';

/** The lease is long enough for a request on a busy machine. */
export const LEASE_MS = 500;
const GRACE_MS = 50;
/** Time between two moves, in ms. */
const BETWEEN_MS = 150;
const TABLES = ['one-table', 'other-table'] as const;

/**
 * Two tables, and all items of one tenant in one of them. A move fences writes, waits for the leases to end, copies the
 * items, and flips: what clients must hold to, without a migration's other steps, and several times a second.
 */
export class TwoTables {
  moves = 0;
  readonly #client: DynamoDBClient;
  #live = 0;
  #writes: 'open' | 'fenced' = 'open';
  #epoch = 1;
  #nextMove: PromiseWithResolvers<void> | undefined;

  private constructor(client: DynamoDBClient) {
    this.#client = client;
  }

  static async create(client: DynamoDBClient): Promise<TwoTables> {
    const { partitionKey, sortKey } = TABLE_LAYOUT.tableKeys;
    for (const TableName of TABLES) {
      const command = new CreateTableCommand({
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [
          { AttributeName: partitionKey.name, AttributeType: 'S' },
          { AttributeName: sortKey.name, AttributeType: 'S' },
        ],
        KeySchema: [
          { AttributeName: partitionKey.name, KeyType: 'HASH' },
          { AttributeName: sortKey.name, KeyType: 'RANGE' },
        ],
      });
      await client.send(command);
    }
    return new TwoTables(client);
  }

  get liveTable(): string {
    return TABLES[this.#live] ?? TABLES[0];
  }

  /** Returns a router that reads the route of these tables. */
  router(clock: RouterClock = systemClock): TenantRouter {
    // the routes table has one answer only, so an object with the router's port stands for it
    const client: RouteClient = {
      send: async () => ({
        $metadata: {},
        Item: {
          table: { S: this.liveTable },
          epoch: { N: String(this.#epoch) },
          writes: { S: this.#writes },
          leaseMs: { N: String(LEASE_MS) },
        },
      }),
    };
    return new TenantRouter({ client, clock });
  }

  /** Moves the items from one table to the other, again and again, until `isOver` returns true. */
  async moveUntil(isOver: () => boolean): Promise<void> {
    do {
      this.#nextMove ??= Promise.withResolvers();
      await sleep(BETWEEN_MS);
      await this.#move();
      this.#nextMove.resolve();
      this.#nextMove = undefined;
    } while (!isOver());
  }

  /** Resolves after the next move; at once while none is to come. */
  async untilMoved(): Promise<void> {
    await this.#nextMove?.promise;
  }

  async #move(): Promise<void> {
    this.#route('fenced');
    await sleep(LEASE_MS + GRACE_MS);
    const source = this.liveTable;
    const target = TABLES[1 - this.#live] ?? TABLES[0];
    for (const item of await this.#itemsOf(target)) await this.#delete(target, item);
    for (const Item of await this.#itemsOf(source))
      await this.#client.send(new PutItemCommand({ TableName: target, Item }));
    this.#live = 1 - this.#live;
    this.#route('open');
    this.moves += 1;
  }

  #route(writes: 'open' | 'fenced'): void {
    this.#writes = writes;
    this.#epoch += 1;
  }

  async #itemsOf(TableName: string) {
    const { Items = [] } = await this.#client.send(new ScanCommand({ TableName, ConsistentRead: true }));
    return Items;
  }

  async #delete(TableName: string, item: Record<string, AttributeValue>) {
    const { partitionKey, sortKey } = TABLE_LAYOUT.tableKeys;
    const Key = Object.fromEntries(
      Object.entries(item).filter(([name]) => name === partitionKey.name || name === sortKey.name),
    );
    await this.#client.send(new DeleteItemCommand({ TableName, Key }));
  }
}
