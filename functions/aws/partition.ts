import {
  type AttributeValue,
  BatchGetItemCommand,
  BatchWriteItemCommand,
  type DynamoDBClient,
  QueryCommand,
  type QueryCommandInput,
  type QueryCommandOutput,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import { Throttled } from '../migration/errors.ts';
import { isOwnIndexValue } from '../migration/items/index-values.ts';
import { byKeyOrder, type Item } from '../migration/items/items.ts';
import { DEFAULT_LAYOUT, type KeyLayout } from '../migration/items/key-layout.ts';
import type { Metrics } from '../migration/metrics-port.ts';
import {
  type EntityKey,
  entityKey,
  readUnits,
  type TableName,
  type TenantId,
  writeUnits,
} from '../migration/names.ts';
import type { IndexPosition, Page, Partition, WriteBatch } from '../migration/partition/partition-port.ts';
import type { KeyRange } from '../migration/segment.ts';
import type { TableIndex } from '../migration/settings/settings.ts';
import { isReset, translateError, translateWrite } from './errors.ts';

/**
 * One tenant's partitions in DynamoDB. Every request contains a partition key of the tenant (I4): a Query in its key
 * condition, a BatchWriteItem in each key. A query of an index names a value that is the tenant's own, and filters by
 * tenant. Values stay wire values.
 *
 * A page of a range lies in one partition. Where that one ends, the next page begins with the next partition.
 *
 * A read whose connection was reset is sent once more at once, since a failed read under the fence costs a cutover. A write
 * is not: the first request may still take effect, in the worst case after the flip, whatever the answer to a second one is.
 */
export const partitionOf = (
  client: DynamoDBClient,
  tenantId: TenantId,
  layout: KeyLayout = DEFAULT_LAYOUT,
): Partition => {
  const tenant: TenantKeys = { tenantId, layout };
  const query = async (
    table: TableName,
    range: KeyRange,
    options: Partial<QueryCommandInput>,
  ): Promise<Partial<QueryCommandOutput> & { readonly page: Page }> => {
    const part = firstPart(layout, range);
    if (isEmpty(range) || isEmpty(part)) return { page: pageOf({}, range, part, layout) };
    const found = await sendQuery(client, table, { ...rangeQuery(tenant, table, part), ...options });
    return { ...found, page: pageOf(found, range, part, layout) };
  };
  return {
    async count(table, range, limit) {
      const found = await query(table, range, { Select: 'COUNT', Limit: limit, ConsistentRead: true });
      return { items: found.Count ?? 0, ...found.page };
    },
    async read(table, range, { limit, consistent }) {
      const found = await query(table, range, { Limit: limit, ConsistentRead: consistent });
      return { items: found.Items ?? [], ...found.page };
    },
    async get(table, keys) {
      const found: Item[] = [];
      let left: Item[] = keys.map((key) => layout.wireKey(tenantId, key));
      while (left.length > 0) {
        const asked = left.length;
        try {
          const command = new BatchGetItemCommand({
            RequestItems: { [table]: { Keys: left, ConsistentRead: true } },
          });
          const { Responses, UnprocessedKeys } = await retryOnceIfReset(() => client.send(command));
          found.push(...(Responses?.[table] ?? []));
          left = UnprocessedKeys?.[table]?.Keys ?? [];
        } catch (error) {
          throw translateError(error, { table });
        }
        // a response holds at most 16 MB, so keys may be left even without throttling [API reference, BatchGetItem]
        if (left.length === asked) throw new Throttled('DynamoDB read none of the keys of a batch');
      }
      return found;
    },
    async countInIndex(table, index, place, after) {
      if (!isOwnIndexValue(tenantId, place.value, layout, index.name))
        throw new TypeError('refused to count an index under a value of another tenant');
      let items = 0;
      let units = 0;
      for (const [n, input] of indexQueries(tenant, table, index, place, after).entries()) {
        const ExclusiveStartKey = n === 0 ? after : undefined;
        const found = await sendQuery(client, table, { ...input, ExclusiveStartKey });
        items += found.Count ?? 0;
        units += found.ConsumedCapacity?.CapacityUnits ?? 0;
        if (found.LastEvaluatedKey) return { items, units: readUnits(units), next: found.LastEvaluatedKey };
      }
      return { items, units: readUnits(units) };
    },
    async write(table, batch, signal) {
      const requests = requestsOf(tenant, batch);
      if (requests.length === 0) return { unprocessed: batch, units: writeUnits(0) };
      try {
        const done = await client.send(
          new BatchWriteItemCommand({ RequestItems: { [table]: requests }, ReturnConsumedCapacity: 'TOTAL' }),
          signal ? { abortSignal: signal } : {},
        );
        return {
          unprocessed: batchOf(done.UnprocessedItems?.[table] ?? [], layout),
          units: writeUnits(done.ConsumedCapacity?.[0]?.CapacityUnits ?? 0),
        };
      } catch (error) {
        throw translateWrite(error, { table });
      }
    },
  };
};

const sendQuery = async (
  client: DynamoDBClient,
  table: TableName,
  input: QueryCommandInput,
): Promise<QueryCommandOutput> => {
  try {
    return await retryOnceIfReset(() => client.send(new QueryCommand(input)));
  } catch (error) {
    throw translateError(error, { table });
  }
};

/** Sends a request once more if its connection was reset. Only for requests that change nothing. */
const retryOnceIfReset = async <Answer>(send: () => Promise<Answer>): Promise<Answer> => {
  try {
    return await send();
  } catch (error) {
    if (!isReset(error)) throw error;
    return send();
  }
};

/** A tenant, and how the tier tables' keys name it. */
interface TenantKeys {
  readonly tenantId: TenantId;
  readonly layout: KeyLayout;
}

/** The part of a range that lies in one partition. */
interface RangePart {
  readonly partition: number;
  /** Value of the sort key after which the part begins; absent at the beginning of the partition. */
  readonly after?: string | undefined;
  /** Value of the sort key with which the part ends; absent for the end of the partition. */
  readonly through?: string | undefined;
  /** Beginning of the next partition, if the range goes on there. */
  readonly next?: EntityKey | undefined;
}

/** Returns the part of a range that lies in the first of its partitions. */
const firstPart = (layout: KeyLayout, { after, through }: KeyRange): RangePart => {
  const from = after === undefined ? undefined : layout.placeOf(after);
  const to = through === undefined ? undefined : layout.placeOf(through);
  const partition = from?.partition ?? 0;
  // a range through the beginning of a partition holds no item of that partition
  const lastPartition = to === undefined ? layout.partitions - 1 : to.partition - (to.sort === '' ? 1 : 0);
  return {
    partition,
    after: from?.sort || undefined,
    through: to?.partition === partition ? to.sort : undefined,
    next: partition < lastPartition ? layout.keyAt(partition + 1, '') : undefined,
  };
};

/** True if the range begins at or after its end, as when a worker resumes after its last key. DynamoDB rejects such a query. */
const isEmpty = ({ after, through }: { readonly after?: unknown; readonly through?: unknown }): boolean =>
  typeof after === 'string' &&
  typeof through === 'string' &&
  byKeyOrder(entityKey(after), entityKey(through)) >= 0;

/**
 * Makes the query of a range. Its start is ExclusiveStartKey, since a key condition may name the sort key only once. [API
 * reference, Query]
 */
const rangeQuery = (
  { tenantId, layout }: TenantKeys,
  table: TableName,
  { partition, after, through }: RangePart,
): QueryCommandInput => {
  const { partitionKey, sortKey } = layout.tableKeys;
  const names: Record<string, string> = { '#t': partitionKey.name };
  const values: Item = { ':t': { S: layout.partitionValue(tenantId, partition) } };
  if (through !== undefined) {
    names['#k'] = sortKey.name;
    values[':through'] = { S: through };
  }
  return {
    TableName: table,
    ReturnConsumedCapacity: 'TOTAL',
    KeyConditionExpression: through === undefined ? '#t = :t' : '#t = :t AND #k <= :through',
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values,
    ExclusiveStartKey:
      after === undefined ? undefined : layout.wireKey(tenantId, layout.keyAt(partition, after)),
  };
};

/**
 * Makes the queries of an index, beginning with the one that a page ended in. A filter may not name a key, so the tenant is
 * in the key condition if it is a key of the index; a tenant of several partitions then needs a query for each. [API
 * reference, Query]
 */
const indexQueries = (
  { tenantId, layout }: TenantKeys,
  table: TableName,
  { name, partitionKey, sortKey }: TableIndex,
  { value, sort }: IndexPosition,
  after: Item | undefined,
): readonly QueryCommandInput[] => {
  const tenantKey = layout.tableKeys.partitionKey.name;
  const tenants = layout.partitionValues(tenantId);
  const isKey = [partitionKey.name, sortKey?.name].includes(tenantKey);
  const names: Record<string, string> = { '#p': partitionKey.name };
  const values: Item = { ':p': { S: value } };
  if (!isKey) {
    names['#t'] = tenantKey;
    for (const [n, tenant] of tenants.entries()) values[n === 0 ? ':t' : `:t${n}`] = { S: tenant };
  }
  const inputOf = (sortValue: AttributeValue | undefined): QueryCommandInput => ({
    TableName: table,
    IndexName: name,
    Select: 'COUNT',
    ReturnConsumedCapacity: 'TOTAL',
    KeyConditionExpression: sortKey && sortValue ? '#p = :p AND #s = :s' : '#p = :p',
    FilterExpression: isKey ? undefined : filterOf(tenants.length),
    ExpressionAttributeNames: sortKey && sortValue ? { ...names, '#s': sortKey.name } : names,
    ExpressionAttributeValues: sortValue && sortKey ? { ...values, ':s': sortValue } : values,
  });
  if (sortKey?.name !== tenantKey) return [inputOf(sort)];
  const first = after === undefined ? 0 : tenants.indexOf(after[tenantKey]?.S ?? '');
  return tenants.slice(Math.max(first, 0)).map((tenant) => inputOf({ S: tenant }));
};

/** Returns a filter for the items of a tenant's partitions. [IN: up to 100 values] */
const filterOf = (partitions: number): string =>
  partitions === 1
    ? '#t = :t'
    : `#t IN (${[':t', ...Array.from({ length: partitions - 1 }, (_, n) => `:t${n + 1}`)].join(', ')})`;

const pageOf = (
  found: Pick<Partial<QueryCommandOutput>, 'LastEvaluatedKey' | 'ConsumedCapacity'>,
  { through }: KeyRange,
  { next }: RangePart,
  layout: KeyLayout,
): Page => {
  const last = found.LastEvaluatedKey ? layout.keyOf(found.LastEvaluatedKey) : next;
  return {
    units: readUnits(found.ConsumedCapacity?.CapacityUnits ?? 0),
    // a page that ends with the range's last key is the last one, even if the service returns a key to continue
    last: last === through ? undefined : last,
  };
};

const requestsOf = ({ tenantId, layout }: TenantKeys, { puts, deletes }: WriteBatch): WriteRequest[] => [
  ...puts.map((Item) => {
    if (layout.tenantOf(Item) !== tenantId) throw new TypeError('refused to write an item of another tenant');
    return { PutRequest: { Item } };
  }),
  ...deletes.map((key) => ({ DeleteRequest: { Key: layout.wireKey(tenantId, key) } })),
];

const batchOf = (requests: readonly WriteRequest[], layout: KeyLayout): WriteBatch => {
  const puts: Item[] = [];
  const deletes: EntityKey[] = [];
  for (const { PutRequest: put, DeleteRequest: remove } of requests) {
    if (put?.Item) puts.push(put.Item);
    if (remove?.Key) deletes.push(layout.keyOf(remove.Key));
  }
  return { puts, deletes };
};

/** Wraps a partition to count calls that DynamoDB throttles, as a metric. */
export const countingThrottles = (
  { count, read, get, countInIndex, write }: Partition,
  tenantId: TenantId,
  metrics: Metrics,
): Partition => {
  const withThrottlesCounted =
    <Given extends unknown[], Answer>(call: (...given: Given) => Promise<Answer>) =>
    async (...given: Given): Promise<Answer> => {
      try {
        return await call(...given);
      } catch (error) {
        if (error instanceof Throttled) metrics.put({ Throttles: 1 }, { tenantId });
        throw error;
      }
    };
  return {
    count: withThrottlesCounted(count),
    read: withThrottlesCounted(read),
    get: withThrottlesCounted(get),
    countInIndex: withThrottlesCounted(countInIndex),
    write: withThrottlesCounted(write),
  };
};
