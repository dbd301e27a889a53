import { isDeepStrictEqual } from 'node:util';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { belongsToLiveTable, type RouteClient, type TenantRouter } from 'tierferry/router';
import { type ChangeRecord, type Item, type ItemKey, keyOf } from './change-record.ts';

export interface Tables {
  /** A `DynamoDBClient`. */
  readonly client: RouteClient;
  readonly router: TenantRouter;
}

/** Reads the item as it is now, in the table where its tenant lives. */
export const readItem = async (
  { client, router }: Tables,
  { tenantId, entityKey }: ItemKey,
): Promise<Item | undefined> => {
  const Key = { tenantId: { S: tenantId }, entityKey: { S: entityKey } };
  const { Item } = await router.read(tenantId, (TableName, { signal }) =>
    client.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }), { abortSignal: signal }),
  );
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
  let item = await readItem(tables, key);
  for (;;) {
    await store(key, item);
    const now = await readItem(tables, key);
    if (isDeepStrictEqual(now, item)) return;
    item = now;
  }
};
