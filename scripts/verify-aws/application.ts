import { setTimeout as sleep } from 'node:timers/promises';
import { type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { Item } from '../../functions/migration/items/items.ts';
import type { TableName, TenantId } from '../../functions/migration/names.ts';
import type { Partition } from '../../functions/migration/partition/partition-port.ts';
import type { KeyRange } from '../../functions/migration/segment.ts';
import { TenantRouter } from '../../functions/router/tenant-router.ts';
import { type ItemDifferences, KnownItems } from './known-items.ts';

/** Number of items that are overwritten in turn. */
const HOT_ITEMS = 100;
const WRITES_PER_SECOND = 20;
const MAX_WAIT_MS = 30_000;
const SECOND = 1_000;
const PAGE = 1_000;

/** Statistics of the writes during a move. */
export interface WriteTraffic {
  readonly written: number;
  /** Longest time between two acknowledged writes, in ms. */
  readonly writeGapMs: number;
  /** Writes without an acknowledgement, by name of the error. */
  readonly failed: Readonly<Record<string, number>>;
}

/** The application of the made-up tenant. It writes through the router, and remembers which writes were acknowledged. */
export class Application {
  readonly known = new KnownItems();
  readonly #client: DynamoDBClient;
  readonly #tenantId: TenantId;
  readonly #router: TenantRouter;
  #version = 0;

  constructor(client: DynamoDBClient, tenantId: TenantId, routesTable: string) {
    this.#client = client;
    this.#tenantId = tenantId;
    this.#router = new TenantRouter({ client, routesTable, maxWriteWaitMs: MAX_WAIT_MS });
  }

  async write(item: Item): Promise<void> {
    try {
      await this.#router.write(this.#tenantId, (TableName, { signal: abortSignal }) =>
        this.#client.send(new PutItemCommand({ TableName, Item: item }), { abortSignal }),
      );
    } catch (error) {
      this.known.unknown(item);
      throw error;
    }
    this.known.acknowledged(item);
  }

  /** Writes at a steady rate while `work` runs. A key is written again only once its last write has ended. */
  async whileWriting<T>(
    work: () => Promise<T>,
  ): Promise<{ readonly result: T; readonly traffic: WriteTraffic }> {
    const hot = this.known.items.slice(0, HOT_ITEMS);
    const writers = new Set<number>();
    const failed: Record<string, number> = {};
    let [written, writeGapMs, last, isOver] = [0, 0, performance.now(), false];
    const one = async (n: number, item: Item): Promise<void> => {
      writers.add(n);
      try {
        this.#version += 1;
        await this.write({ ...item, verifyVersion: { N: String(this.#version) } });
        const now = performance.now();
        writeGapMs = Math.max(writeGapMs, now - last);
        last = now;
        written += 1;
      } catch (error) {
        const name = error instanceof Error ? error.name : 'unknown';
        failed[name] = (failed[name] ?? 0) + 1;
      } finally {
        writers.delete(n);
      }
    };
    const writing = (async () => {
      for (let index = 0; !isOver; index += 1) {
        const n = index % hot.length;
        const item = hot[n];
        if (item && !writers.has(n)) void one(n, item);
        await sleep(SECOND / WRITES_PER_SECOND);
      }
      while (writers.size > 0) await sleep(SECOND / WRITES_PER_SECOND);
    })();
    try {
      return { result: await work(), traffic: { written, writeGapMs, failed } };
    } finally {
      isOver = true;
      await writing;
    }
  }

  /** Compares every item in the tenant's live table with the acknowledged writes. No write may run at the same time. */
  async check(partition: Partition, table: TableName): Promise<ItemDifferences> {
    const found: Item[] = [];
    let range: KeyRange = {};
    for (;;) {
      const { items, last } = await partition.read(table, range, { limit: PAGE, consistent: true });
      found.push(...items);
      if (last === undefined) return this.known.differences(found);
      range = { after: last };
    }
  }
}
