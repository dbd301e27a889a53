import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTableCommand, DeleteTableCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { expect, test, vi } from 'vitest';
import * as z from 'zod';
import { dynamoClient } from '../../functions/aws/client.ts';
import { startStreamPoller } from '../../scripts/local/streams/stream-poller.ts';
import { streamsClient } from '../../scripts/local/streams/streams-client.ts';
import { startTestEngine } from '../support/dynamodb-local.ts';

const Keys = z
  .object({
    Records: z.array(
      z.object({ dynamodb: z.object({ Keys: z.object({ id: z.object({ S: z.string() }) }) }) }),
    ),
  })
  .transform(({ Records }) => Records.map(({ dynamodb }) => dynamodb.Keys.id.S));

test.each(['dynamodb-local', 'dynoxide'] as const)(
  'every change is delivered once from %s, across a restart of the poller, and of a table that is created again',
  async (engineName) => {
    const folder = await mkdtemp(join(tmpdir(), 'tierferry-'));
    const { config, stop } = await startTestEngine(engineName);
    const client = dynamoClient(config);
    const keys: string[] = [];
    const warnings: unknown[] = [];
    const start = () =>
      startStreamPoller({
        client: streamsClient(config),
        folder,
        log: { info() {}, warn: (fields, message) => warnings.push([fields, message]) },
        run: async (event) => {
          keys.push(...Keys.parse(event));
        },
      });
    const create = () =>
      client.send(
        new CreateTableCommand({
          TableName: 'streamed',
          BillingMode: 'PAY_PER_REQUEST',
          AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
          KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
          StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
        }),
      );
    const put = async (...ids: string[]) => {
      for (const id of ids)
        await client.send(new PutItemCommand({ TableName: 'streamed', Item: { id: { S: id } } }));
    };
    const come = (...expected: string[]) =>
      vi.waitFor(() => expect(keys).toEqual(expected), { timeout: 120_000 });
    let poller = await start();
    try {
      await create();
      await put('a', 'b');
      await come('a', 'b');
      await poller.stop();
      await put('c');
      poller = await start();
      await put('d');
      await come('a', 'b', 'c', 'd');
      await client.send(new DeleteTableCommand({ TableName: 'streamed' }));
      await create();
      await put('e');
      // dynoxide may deliver the old table's changes again, which is harmless
      await vi.waitFor(() => expect(keys).toContain('e'), { timeout: 120_000 });
      if (engineName === 'dynamodb-local') expect(keys).toEqual(['a', 'b', 'c', 'd', 'e']);
      expect(warnings).toEqual([]);
    } finally {
      await poller.stop();
      client.destroy();
      await stop();
      await rm(folder, { recursive: true });
    }
  },
);
