import { expect, test } from 'vitest';
import { dynamoClient } from '../../functions/aws/client.ts';
import { partitionOf } from '../../functions/aws/partition.ts';
import { entityKey, type TenantId, tableName } from '../../functions/migration/names.ts';
import { hasLostAttribute } from '../../functions/migration/unmovable.ts';

const tenantId = 'cedar' as TenantId;
const table = tableName('a-table');
/** As DynamoDB sends items. */
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

test('an attribute that the SDK loses at the top of an item is noticed, however the item is read', async () => {
  const range = { limit: 10, consistent: true };
  const { items } = await partitionOf(answering(`{ "Items": ${ITEMS} }`), tenantId).read(table, {}, range);
  expect(items.map(hasLostAttribute)).toEqual([true, false]);
  // not to be moved, since its value is gone; in a map it is there
  expect(Object.entries(items[0] ?? {}).find(([name]) => name === '__proto__')?.[1]).toBeUndefined();
  expect(JSON.stringify(items[1])).toContain('"__proto__":{"S":"kept"}');
  const answer = `{ "Responses": { "${table}": ${ITEMS} }, "UnprocessedKeys": {} }`;
  const got = await partitionOf(answering(answer), tenantId).get(table, [entityKey('a'), entityKey('b')]);
  expect(got.map(hasLostAttribute)).toEqual([true, false]);
});
