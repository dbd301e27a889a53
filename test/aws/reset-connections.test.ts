import { createServer } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { dynamoClient } from '../../functions/aws/client.ts';
import { partitionOf } from '../../functions/aws/partition.ts';
import { Unavailable } from '../../functions/migration/errors.ts';
import { entityKey, type TenantId, tableName } from '../../functions/migration/names.ts';
import { TIER_TABLE_KEYS } from '../../functions/migration/settings/settings.ts';

const table = tableName('a-table');
const tenant = 'cedar' as TenantId;
const ITEM = { tenantId: { S: tenant }, entityKey: { S: 'SCHOOL#1' } };
const ANSWERS: Readonly<Record<string, object>> = {
  Query: { Items: [ITEM], Count: 1 },
  BatchGetItem: { Responses: { [table]: [ITEM] } },
  BatchWriteItem: { UnprocessedItems: {} },
};

/** A tenant's partition behind a server that resets the connections of the first requests. */
const partitionBehindResets = async (resets: number) => {
  const requested: string[] = [];
  const server = createServer((request, response) => {
    const operation = String(request.headers['x-amz-target']).split('.').at(-1) ?? '';
    requested.push(operation);
    request.resume().on('end', () => {
      if (requested.length <= resets) request.socket.resetAndDestroy();
      else response.end(JSON.stringify(ANSWERS[operation]));
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the server has no port');
  const client = dynamoClient(
    {
      endpoint: `http://127.0.0.1:${address.port}`,
      region: 'eu-west-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    },
    'items',
  );
  onTestFinished(() => {
    client.destroy();
    server.closeAllConnections();
    server.close();
  });
  return { partition: partitionOf(client, tenant), requested };
};

const keys = [entityKey('SCHOOL#1')];
const index = { name: 'by-type', projection: 'ALL', ...TIER_TABLE_KEYS } as const;
const READS = {
  'a page': (partition) => partition.read(table, {}, { limit: 10, consistent: true }),
  'a count': (partition) => partition.count(table, {}, 10),
  'single keys': (partition) => partition.get(table, keys),
  'a count of an index': (partition) => partition.countInIndex(table, index, { value: tenant }),
} satisfies Record<string, (partition: ReturnType<typeof partitionOf>) => Promise<unknown>>;

for (const [what, read] of Object.entries(READS)) {
  test(`${what}: a read whose connection is reset is sent once more`, async () => {
    const { partition, requested } = await partitionBehindResets(1);
    await expect(read(partition)).resolves.toBeDefined();
    expect(requested).toHaveLength(2);
  });

  test(`${what}: a second reset ends the read`, async () => {
    const { partition, requested } = await partitionBehindResets(2);
    await expect(read(partition)).rejects.toThrow(Unavailable);
    expect(requested).toHaveLength(2);
  });
}

test('a write whose connection is reset is not sent again, because the first may still take effect', async () => {
  const { partition, requested } = await partitionBehindResets(1);
  await expect(partition.write(table, { puts: [ITEM], deletes: [] })).rejects.toThrow(Unavailable);
  expect(requested).toEqual(['BatchWriteItem']);
});
