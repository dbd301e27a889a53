import { isDeepStrictEqual } from 'node:util';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import {
  belongsToLiveTable,
  type CallOptions,
  type RouteClient,
  TenantRouteNotFound,
  type TenantRouter,
} from 'tierferry/router';
import { type ChangeRecord, type Item, type ItemKey, keyOf, tableOf } from './change-record.ts';

export interface Tables {
  /** A `DynamoDBClient`. */
  readonly client: RouteClient;
  readonly router: TenantRouter;
}

/**
 * Reads the item of a record as it is now, in the table where its tenant lives. A tenant that was removed, or that is not
 * registered yet, has no route. It is not migrated either, so its item can only be in the record's table.
 */
export const readItem = async (
  { client, router }: Tables,
  record: ChangeRecord,
): Promise<Item | undefined> => {
  const { tenantId, entityKey } = keyOf(record);
  const Key = { tenantId: { S: tenantId }, entityKey: { S: entityKey } };
  const get = (TableName: string, { signal }: CallOptions = {}) =>
    client.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }), { abortSignal: signal });
  const { Item } = await router.read(tenantId, get).catch((error: unknown) => {
    if (error instanceof TenantRouteNotFound) return get(tableOf(record));
    throw error;
  });
  return Item;
};

/**
 * Makes a copy of an item equal to the item as it is now, after a record has shown that it has changed.
 *
 * Around a flip the records of one item come from two streams, whose order is not known, and two functions may handle them
 * at the same time. One of them may read the item, be overtaken by the other, and then store the older value. So it reads
 * again after it has stored, until nothing has changed. Whichever function stores last has then stored the latest value.
 *
 * @param store stores the item's value; undefined if the item is gone. It may be called again with the same value.
 */
export const followItem = async (
  record: ChangeRecord,
  tables: Tables,
  store: (key: ItemKey, item: Item | undefined) => Promise<void>,
): Promise<void> => {
  if (!(await belongsToLiveTable(record, tables.router))) return;
  const key = keyOf(record);
  let item = await readItem(tables, record);
  for (;;) {
    await store(key, item);
    const now = await readItem(tables, record);
    if (isDeepStrictEqual(now, item)) return;
    item = now;
  }
};
