import {
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
import { byKeyOrder, type Item, keyOf } from '../migration/items/items.ts';
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
 * One tenant's partition in DynamoDB. Every request contains the tenant's partition key (I4): a Query in its key condition,
 * a BatchWriteItem in each key. A query of an index names a value that begins with the tenant's id, and filters by tenant.
 * Values stay wire values.
 *
 * A read whose connection was reset is sent once more at once, since a failed read under the fence costs a cutover. A write
 * is not: the first request may still take effect, in the worst case after the flip, whatever the answer to a second one is.
 */
export const partitionOf = (client: DynamoDBClient, tenantId: TenantId): Partition => {
  const query = async (
    table: TableName,
    range: KeyRange,
    options: Partial<QueryCommandInput>,
  ): Promise<Partial<QueryCommandOutput>> => {
    if (isEmpty(range)) return {};
    try {
      return await retryOnceIfReset(() =>
        client.send(new QueryCommand({ ...rangeQuery(tenantId, table, range), ...options })),
      );
    } catch (error) {
      throw translateError(error, { table });
    }
  };
  return {
    async count(table, range, limit) {
      const found = await query(table, range, { Select: 'COUNT', Limit: limit, ConsistentRead: true });
      return { items: found.Count ?? 0, ...pageOf(found, range) };
    },
    async read(table, range, { limit, consistent }) {
      const found = await query(table, range, { Limit: limit, ConsistentRead: consistent });
      return { items: found.Items ?? [], ...pageOf(found, range) };
    },
    async get(table, keys) {
      const found: Item[] = [];
      let left: Item[] = keys.map((key) => keyItem(tenantId, key));
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
      if (!isOwnIndexValue(tenantId, place.value))
        throw new TypeError('refused to count an index under a value of another tenant');
      try {
        const command = new QueryCommand({
          ...indexQuery(tenantId, table, index, place),
          ExclusiveStartKey: after,
        });
        const found = await retryOnceIfReset(() => client.send(command));
        return {
          items: found.Count ?? 0,
          units: readUnits(found.ConsumedCapacity?.CapacityUnits ?? 0),
          next: found.LastEvaluatedKey,
        };
      } catch (error) {
        throw translateError(error, { table });
      }
    },
    async write(table, batch, signal) {
      const requests = requestsOf(tenantId, batch);
      if (requests.length === 0) return { unprocessed: batch, units: writeUnits(0) };
      try {
        const done = await client.send(
          new BatchWriteItemCommand({ RequestItems: { [table]: requests }, ReturnConsumedCapacity: 'TOTAL' }),
          signal ? { abortSignal: signal } : {},
        );
        return {
          unprocessed: batchOf(done.UnprocessedItems?.[table] ?? []),
          units: writeUnits(done.ConsumedCapacity?.[0]?.CapacityUnits ?? 0),
        };
      } catch (error) {
        throw translateWrite(error, { table });
      }
    },
  };
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

const keyItem = (tenantId: TenantId, key: EntityKey): Item => ({
  tenantId: { S: tenantId },
  entityKey: { S: key },
});

/** True if the range begins at or after its end, as when a worker resumes after its last key. DynamoDB rejects such a query. */
const isEmpty = ({ after, through }: KeyRange): boolean =>
  after !== undefined && through !== undefined && byKeyOrder(after, through) >= 0;

/**
 * Makes the query of a range. Its start is ExclusiveStartKey, since a key condition may name the sort key only once. [API
 * reference, Query]
 */
const rangeQuery = (
  tenantId: TenantId,
  table: TableName,
  { after, through }: KeyRange,
): QueryCommandInput => {
  const names: Record<string, string> = { '#t': 'tenantId' };
  const values: Item = { ':t': { S: tenantId } };
  if (through !== undefined) {
    names['#k'] = 'entityKey';
    values[':through'] = { S: through };
  }
  return {
    TableName: table,
    ReturnConsumedCapacity: 'TOTAL',
    KeyConditionExpression: through === undefined ? '#t = :t' : '#t = :t AND #k <= :through',
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values,
    ExclusiveStartKey: after === undefined ? undefined : keyItem(tenantId, after),
  };
};

/**
 * Makes the query of an index. A filter may not name a key, so the tenant is in the key condition if it is a key of the
 * index. [API reference, Query]
 */
const indexQuery = (
  tenantId: TenantId,
  table: TableName,
  { name, partitionKey, sortKey }: TableIndex,
  { value, sort }: IndexPosition,
): QueryCommandInput => {
  const tenant = { S: tenantId };
  const sortValue = sortKey?.name === 'tenantId' ? tenant : sort;
  const isKey = [partitionKey.name, sortKey?.name].includes('tenantId');
  const names: Record<string, string> = { '#p': partitionKey.name };
  const values: Item = { ':p': { S: value } };
  if (sortKey && sortValue) {
    names['#s'] = sortKey.name;
    values[':s'] = sortValue;
  }
  if (!isKey) {
    names['#t'] = 'tenantId';
    values[':t'] = tenant;
  }
  return {
    TableName: table,
    IndexName: name,
    Select: 'COUNT',
    ReturnConsumedCapacity: 'TOTAL',
    KeyConditionExpression: sortKey && sortValue ? '#p = :p AND #s = :s' : '#p = :p',
    FilterExpression: isKey ? undefined : '#t = :t',
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values,
  };
};

const pageOf = (
  found: {
    LastEvaluatedKey?: Item | undefined;
    ConsumedCapacity?: { CapacityUnits?: number | undefined } | undefined;
  },
  { through }: KeyRange,
): Page => {
  const last = found.LastEvaluatedKey && keyOf(found.LastEvaluatedKey);
  return {
    units: readUnits(found.ConsumedCapacity?.CapacityUnits ?? 0),
    // a page that ends with the range's last key is the last one, even if the service returns a key to continue
    last: last === through ? undefined : last,
  };
};

const requestsOf = (tenantId: TenantId, { puts, deletes }: WriteBatch): WriteRequest[] => [
  ...puts.map((Item) => {
    if (Item.tenantId?.S !== tenantId) throw new TypeError('refused to write an item of another tenant');
    return { PutRequest: { Item } };
  }),
  ...deletes.map((key) => ({ DeleteRequest: { Key: keyItem(tenantId, key) } })),
];

const batchOf = (requests: readonly WriteRequest[]): WriteBatch => {
  const puts: Item[] = [];
  const deletes: EntityKey[] = [];
  for (const { PutRequest: put, DeleteRequest: remove } of requests) {
    if (put?.Item) puts.push(put.Item);
    if (remove?.Key) deletes.push(entityKey(keyOf(remove.Key)));
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
