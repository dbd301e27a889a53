import {
  type AttributeValue,
  BatchGetItemCommand,
  BatchWriteItemCommand,
  type DynamoDBClient,
  TransactGetItemsCommand,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import type { Item } from '../../functions/migration/items/items.ts';
import { placedKey, sortOf } from '../support/table-keys.ts';
import type { Call, Outcome, Value } from './history.ts';

/**
 * Two items that only transactions write, always both of them with one value. To the checker they are one key: a
 * transaction reads or writes that key, and a read that finds two values is the read of a value that no client wrote.
 */
export interface Pair {
  /** The key under which the history has its operations. */
  readonly name: string;
  /** The sort keys of the items. */
  readonly keys: readonly [string, string];
}

export const pairOf = (first: string, last: string): Pair => {
  const keys = [`${first}#PAIR#1`, `${last}#PAIR#2`] as const;
  return { name: keys.join(' and '), keys };
};

/** Returns the value of a pair whose items have these values. */
export const valueOfPair = (first: Value, last: Value): Value =>
  first === last ? first : `${first ?? 'nothing'} and ${last ?? 'nothing'}`;

/** Sends requests on several keys of a tenant. */
export interface Sender {
  readonly client: DynamoDBClient;
  readonly table: string;
  readonly tenantId: string;
}

/** Reads the keys in one batch. A key that was not processed has no result. */
export const readBatch = async (
  { client, table, tenantId }: Sender,
  keys: readonly string[],
): Promise<ReadonlyMap<string, Outcome>> => {
  const Keys = keys.map((key) => placedKey(tenantId, key));
  const RequestItems = { [table]: { Keys, ConsistentRead: true } };
  const { Responses, UnprocessedKeys } = await client.send(new BatchGetItemCommand({ RequestItems }));
  const found = new Map((Responses?.[table] ?? []).map((item) => [sortOf(item), item.value?.S]));
  const left = new Set((UnprocessedKeys?.[table]?.Keys ?? []).map(sortOf));
  return new Map(
    keys.map((key) => [key, left.has(key) ? { is: 'never' } : { is: 'seen', value: found.get(key) }]),
  );
};

/** Puts and deletes keys in one batch. A key that was not processed was not written. */
export const writeBatch = async (
  { client, table, tenantId }: Sender,
  calls: ReadonlyMap<string, Call>,
  itemOf: (at: Item, value: string) => Item,
): Promise<ReadonlyMap<string, Outcome>> => {
  const requests = [...calls].map(([key, call]) => {
    const at = placedKey(tenantId, key);
    return 'value' in call
      ? { PutRequest: { Item: itemOf(at, call.value) } }
      : { DeleteRequest: { Key: at } };
  });
  const command = new BatchWriteItemCommand({ RequestItems: { [table]: requests } });
  const { UnprocessedItems } = await client.send(command);
  const left = new Set(
    (UnprocessedItems?.[table] ?? []).map(({ PutRequest, DeleteRequest }) =>
      sortOf(PutRequest?.Item ?? DeleteRequest?.Key ?? {}),
    ),
  );
  return new Map([...calls.keys()].map((key) => [key, { is: left.has(key) ? 'never' : 'written' }]));
};

/** Reads both items of a pair in one transaction. */
export const readPair = async ({ client, table, tenantId }: Sender, { keys }: Pair): Promise<Outcome> => {
  const TransactItems = keys.map((key) => ({ Get: { TableName: table, Key: placedKey(tenantId, key) } }));
  const { Responses = [] } = await client.send(new TransactGetItemsCommand({ TransactItems }));
  const [first, last] = Responses.map(({ Item }) => Item?.value?.S);
  return { is: 'seen', value: valueOfPair(first, last) };
};

/** Writes or deletes both items of a pair in one transaction. The condition of a `putIf` is on the first one. */
export const writePair = async (
  { client, table: TableName, tenantId }: Sender,
  { keys }: Pair,
  call: Call,
  conditionOf: (call: Call) => object,
): Promise<Outcome> => {
  const TransactItems = keys.map((key, n): TransactWriteItem => {
    const at: Record<string, AttributeValue> = placedKey(tenantId, key);
    if (!('value' in call)) return { Delete: { TableName, Key: at } };
    const Item = { ...at, entityType: { S: 'STUDENT' }, value: { S: call.value } };
    return { Put: { TableName, Item, ...(n === 0 ? conditionOf(call) : {}) } };
  });
  await client.send(new TransactWriteItemsCommand({ TransactItems }));
  return { is: 'written' };
};

/** Returns why DynamoDB did not run a transaction; undefined for any other error. */
export const cancellationOf = (error: unknown): 'condition' | 'conflict' | 'other' | undefined => {
  if (!(error instanceof Error) || error.name !== 'TransactionCanceledException') return undefined;
  const reasons = 'CancellationReasons' in error ? error.CancellationReasons : undefined;
  const codes = Array.isArray(reasons) ? reasons.map((reason: { Code?: unknown }) => reason.Code) : [];
  if (codes.includes('ConditionalCheckFailed')) return 'condition';
  return codes.includes('TransactionConflict') ? 'conflict' : 'other';
};
