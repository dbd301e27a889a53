import { expect, test } from 'vitest';
import { dynamoClient } from '../../functions/aws/client.ts';
import { partitionOf } from '../../functions/aws/partition.ts';
import { hasLostAttribute } from '../../functions/migration/items/unmovable.ts';
import { entityKey, type TenantId, tableName } from '../../functions/migration/names.ts';

const tenantId = 'cedar' as TenantId;
const table = tableName('a-table');
/** An item as DynamoDB sends it. */
const ITEMS = `[
  { "tenantId": { "S": "cedar" }, "entityKey": { "S": "a" }, "__proto__": { "S": "lost" } },
  { "tenantId": { "S": "cedar" }, "entityKey": { "S": "b" }, "in": { "M": { "__proto__": { "S": "kept" } } } }
]`;

const answering = (answer: string) =>
  dynamoClient({
    endpoint: 'http://127.0.0.1:9',
    region: 'us-east-1',
    credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
    requestHandler: {
      handle: async () => ({
        response: {
          statusCode: 200,
          headers: { 'content-type': 'application/x-amz-json-1.0' },
          body: Buffer.from(answer),
        },
      }),
    },
  });

test('an attribute that the SDK loses at the top of an item is detected by every way of reading', async () => {
  const range = { limit: 10, consistent: true };
  const { items } = await partitionOf(answering(`{ "Items": ${ITEMS} }`), tenantId).read(table, {}, range);
  expect(items.map(hasLostAttribute)).toEqual([true, false]);
  // such an item cannot be moved, because the attribute's value is lost; inside a map the value is present
  expect(Object.entries(items[0] ?? {}).find(([name]) => name === '__proto__')?.[1]).toBeUndefined();
  expect(JSON.stringify(items[1])).toContain('"__proto__":{"S":"kept"}');
  const answer = `{ "Responses": { "${table}": ${ITEMS} }, "UnprocessedKeys": {} }`;
  const got = await partitionOf(answering(answer), tenantId).get(table, [entityKey('a'), entityKey('b')]);
  expect(got.map(hasLostAttribute)).toEqual([true, false]);
});
