import { BatchWriteItemCommand, type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import pLimit from 'p-limit';
import type { Item } from '../../functions/migration/items/items.ts';
import { BATCH_WRITE_ITEMS } from '../../functions/migration/limits.ts';
import type { KeyRange } from '../../functions/migration/segment.ts';

/** Calls in flight in each loop; DynamoDB Local gains nothing from more. */
const WRITES = 16;
const READS = 8;
const PAGE_ITEMS = 2_000;

/**
 * Writes the items as fast as the engine accepts them.
 * @param asksUnits true to request the consumed capacity of each call, as the copy must; it slows DynamoDB Local down.
 */
export const writeOnly = async (
  client: DynamoDBClient,
  table: string,
  items: readonly Item[],
  { asksUnits }: { readonly asksUnits: boolean },
): Promise<void> => {
  const limit = pLimit(WRITES);
  const batches = Array.from({ length: Math.ceil(items.length / BATCH_WRITE_ITEMS) }, (_, n) =>
    items.slice(n * BATCH_WRITE_ITEMS, (n + 1) * BATCH_WRITE_ITEMS),
  );
  await limit.map(batches, (batch) =>
    client.send(
      new BatchWriteItemCommand({
        RequestItems: { [table]: batch.map((Item) => ({ PutRequest: { Item } })) },
        ...(asksUnits ? { ReturnConsumedCapacity: 'TOTAL' } : {}),
      }),
    ),
  );
};

/** Reads the ranges consistently as fast as the engine returns them, and discards the items. @returns items read */
export const readOnly = async (
  client: DynamoDBClient,
  table: string,
  tenantId: string,
  ranges: readonly KeyRange[],
): Promise<number> => {
  const limit = pLimit(READS);
  const counts = await limit.map(ranges, async ({ after, through }) => {
    let items = 0;
    let start: Item | undefined =
      after === undefined ? undefined : { tenantId: { S: tenantId }, entityKey: { S: after } };
    do {
      const page: { Items?: Item[] | undefined; LastEvaluatedKey?: Item | undefined } = await client.send(
        new QueryCommand({
          TableName: table,
          KeyConditionExpression:
            through === undefined ? 'tenantId = :t' : 'tenantId = :t AND entityKey <= :k',
          ExpressionAttributeValues: {
            ':t': { S: tenantId },
            ...(through === undefined ? {} : { ':k': { S: through } }),
          },
          ConsistentRead: true,
          ReturnConsumedCapacity: 'TOTAL',
          Limit: PAGE_ITEMS,
          ...(start ? { ExclusiveStartKey: start } : {}),
        }),
      );
      items += page.Items?.length ?? 0;
      const last = page.LastEvaluatedKey;
      start = last?.entityKey?.S === through ? undefined : last;
    } while (start);
    return items;
  });
  return counts.reduce((sum, count) => sum + count, 0);
};
