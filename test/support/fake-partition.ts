import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { TableNotFound } from '../../functions/migration/errors.ts';
import { canonicalItem } from '../../functions/migration/items/canonical-item.ts';
import { isInIndex, isOwnIndexValue } from '../../functions/migration/items/index-values.ts';
import { itemSize } from '../../functions/migration/items/item-size.ts';
import type { Item } from '../../functions/migration/items/items.ts';
import { DEFAULT_LAYOUT, type KeyLayout } from '../../functions/migration/items/key-layout.ts';
import {
  BATCH_GET_KEYS,
  BATCH_WRITE_BYTES,
  BATCH_WRITE_ITEMS,
  ITEM_BYTES,
  QUERY_PAGE_BYTES,
  READ_UNIT_BYTES,
  WRITE_UNIT_BYTES,
} from '../../functions/migration/limits.ts';
import {
  type EntityKey,
  readUnits,
  type TableName,
  type TenantId,
  writeUnits,
} from '../../functions/migration/names.ts';
import type {
  IndexPosition,
  Page,
  Partition,
  WriteBatch,
} from '../../functions/migration/partition/partition-port.ts';
import type { KeyRange } from '../../functions/migration/segment.ts';
import type { TableIndex } from '../../functions/migration/settings/settings.ts';
import { copyOf } from './copy-of.ts';
import { inKeyOrder } from './key-order.ts';

/** Called before each write with its number, from 1. May throw, or return the number of entries to leave unprocessed. */
export type WriteFault = (call: number, batch: WriteBatch) => number | undefined;

/** Tables of one tenant's items in memory, with DynamoDB's limits on requests. */
export class FakePartition implements Partition {
  readonly tenantId: TenantId;
  readonly tables = new Map<TableName, Map<EntityKey, Item>>();
  /** The keys of the tables. */
  layout: KeyLayout = DEFAULT_LAYOUT;
  /** Number of batches being written now, and its maximum so far. */
  inFlight = 0;
  mostInFlight = 0;
  calls = 0;
  fault: WriteFault = () => undefined;
  /** Number of index queries. */
  indexQueries = 0;
  /** Items that a lagging index shows, by the names of table and index. */
  readonly #lagging = new Map<string, Map<EntityKey, Item>>();

  constructor(tenantId: TenantId, ...tables: TableName[]) {
    this.tenantId = tenantId;
    for (const table of tables) this.tables.set(table, new Map());
  }

  async count(table: TableName, range: KeyRange, limit: number) {
    const { items, ...page } = this.#page(table, range, limit);
    return { items: items.length, ...page };
  }

  async read(table: TableName, range: KeyRange, { limit }: { limit: number }) {
    return this.#page(table, range, limit);
  }

  async get(table: TableName, keys: readonly EntityKey[]) {
    const items = this.#table(table);
    if (keys.length > BATCH_GET_KEYS) throw new Error('ValidationException: more than 100 keys in a batch');
    if (new Set(keys).size < keys.length) throw new Error('ValidationException: a key is twice in a batch');
    return keys.flatMap((key): Item[] => {
      const item = items.get(key);
      return item ? [copyOf(item)] : [];
    });
  }

  /** Makes the index show the table's present items until `catchUp`, whatever is written. */
  lag(table: TableName, index: string): void {
    this.#lagging.set(`${table}/${index}`, copyOf(this.#table(table)));
  }

  catchUp(table: TableName, index: string): void {
    this.#lagging.delete(`${table}/${index}`);
  }

  async countInIndex(table: TableName, index: TableIndex, { value, sort }: IndexPosition) {
    this.indexQueries += 1;
    if (!isOwnIndexValue(this.tenantId, value, this.layout, index.name))
      throw new TypeError("another tenant's value");
    const shown = this.#lagging.get(`${table}/${index.name}`) ?? this.#table(table);
    const { partitionKey, sortKey } = index;
    const found = [...shown.values()].filter(
      (item) =>
        isInIndex(index, item) &&
        item[partitionKey.name]?.S === value &&
        (sort === undefined || sortKey === undefined || isSameValue(item[sortKey.name], sort)),
    );
    return { items: found.length, units: readUnits(found.length) };
  }

  async write(table: TableName, batch: WriteBatch, signal?: AbortSignal) {
    this.calls += 1;
    this.inFlight += 1;
    this.mostInFlight = Math.max(this.mostInFlight, this.inFlight);
    try {
      const call = this.calls;
      await new Promise((resolve) => setImmediate(resolve));
      signal?.throwIfAborted();
      const items = this.#table(table);
      const sizes = batch.puts.map(itemSize);
      checkBatch(this.tenantId, batch, sizes, this.layout);
      const left = this.fault(call, batch) ?? 0;
      const puts = batch.puts.slice(0, Math.max(0, batch.puts.length - left));
      const deletes = batch.deletes.slice(
        0,
        Math.max(0, batch.deletes.length - (left - (batch.puts.length - puts.length))),
      );
      for (const item of puts) items.set(this.layout.keyOf(item), copyOf(item));
      for (const key of deletes) items.delete(key);
      const units = sizes
        .slice(0, puts.length)
        .reduce((sum, size) => sum + Math.ceil(size / WRITE_UNIT_BYTES), deletes.length);
      return {
        unprocessed: { puts: batch.puts.slice(puts.length), deletes: batch.deletes.slice(deletes.length) },
        units: writeUnits(units),
      };
    } finally {
      this.inFlight -= 1;
    }
  }

  #table(table: TableName): Map<EntityKey, Item> {
    const items = this.tables.get(table);
    if (!items) throw new TableNotFound(`there is no table ${table}`, { table });
    return items;
  }

  #page(table: TableName, { after, through }: KeyRange, limit: number): Page & { items: Item[] } {
    const { layout } = this;
    // as a Query, a page lies in one partition, and the next one begins behind it
    const first = after === undefined ? 0 : layout.placeOf(after).partition;
    const next = first + 1 < layout.partitions ? layout.keyAt(first + 1, '') : undefined;
    const goesOn = next !== undefined && (through === undefined || inKeyOrder(through, next) > 0);
    const inRange = [...this.#table(table)]
      .filter(
        ([key]) =>
          (layout.partitions === 1 || layout.placeOf(key).partition === first) &&
          (after === undefined || inKeyOrder(key, after) > 0) &&
          (through === undefined || inKeyOrder(key, through) <= 0),
      )
      .sort(([a], [b]) => inKeyOrder(a, b));
    const items: Item[] = [];
    let bytes = 0;
    let last: EntityKey | undefined;
    for (const [key, item] of inRange) {
      last = key;
      items.push(copyOf(item));
      bytes += itemSize(item);
      if (items.length === limit || bytes >= QUERY_PAGE_BYTES) break;
    }
    if (items.length === inRange.length) last = goesOn ? next : undefined;
    return {
      items,
      units: readUnits(Math.ceil(bytes / READ_UNIT_BYTES)),
      ...(last ? { last } : {}),
    };
  }
}

const isSameValue = (a: AttributeValue | undefined, b: AttributeValue): boolean =>
  a !== undefined &&
  Buffer.compare(Buffer.from(canonicalItem({ a })), Buffer.from(canonicalItem({ a: b }))) === 0;

/** True if the item contains binary data, which JSON needs a function for that is called for each value. */
const hasBytes = (item: Item): boolean => Object.values(item).some(isOfBytes);

const isOfBytes = (value: AttributeValue | undefined): boolean =>
  value?.B !== undefined ||
  value?.BS !== undefined ||
  (value?.L?.some(isOfBytes) ?? false) ||
  (value?.M !== undefined && hasBytes(value.M));

const checkBatch = (
  tenantId: TenantId,
  { puts, deletes }: WriteBatch,
  sizes: readonly number[],
  layout: KeyLayout,
): void => {
  const keys = [...puts.map((item) => layout.keyOf(item)), ...deletes];
  if (keys.length > BATCH_WRITE_ITEMS)
    throw new Error('ValidationException: more than 25 entries in a batch');
  if (new Set(keys).size < keys.length) throw new Error('ValidationException: a key is twice in a batch');
  if (sizes.some((size) => size > ITEM_BYTES)) throw new Error('ValidationException: item over 400 KB');
  if (puts.some((item) => layout.tenantOf(item) !== tenantId)) throw new TypeError("another tenant's item");
  const sent = puts.some(hasBytes)
    ? JSON.stringify(puts, (_, value: unknown) =>
        value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value,
      )
    : JSON.stringify(puts);
  if (Buffer.byteLength(sent) > BATCH_WRITE_BYTES) throw new Error('413: over 16 MB');
};
