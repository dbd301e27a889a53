import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dynamoClient } from '../../functions/aws/client.ts';
import { streamMapping } from '../../functions/aws/stream-mappings.ts';
import { streamReadersIn } from '../../functions/aws/stream-readers.ts';
import { tablesIn } from '../../functions/aws/tables.ts';
import type { StreamReaders } from '../../functions/migration/ports.ts';
import { parseSettings } from '../../functions/migration/settings.ts';
import { startTestEngine } from '../support/dynamodb-local.ts';
import { startFakeLambda } from '../support/fake-lambda.ts';
import { newTableName } from '../support/records.ts';

const MISSED = 'arn:aws:sqs:us-east-1:111122223333:missed';
const settings = parseSettings({ prefix: 'school' });

let engine: Awaited<ReturnType<typeof startTestEngine>>;
let lambda: Awaited<ReturnType<typeof startFakeLambda>>;
let client: DynamoDBClient;
let readers: StreamReaders;
beforeAll(async () => {
  engine = await startTestEngine();
  lambda = await startFakeLambda();
  client = dynamoClient(engine.config);
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const config = { endpoint: lambda.endpoint, region: 'us-east-1', credentials };
  readers = streamReadersIn(client, config, settings, MISSED);
});
afterAll(async () => {
  client.destroy();
  await lambda.stop();
  await engine.stop();
});
const aTierTable = async () => {
  const table = newTableName();
  await tablesIn(client).create(table, settings.tableDesign);
  return table;
};
const mappingsOf = (table: string) =>
  [...lambda.mappings.values()].filter(({ EventSourceArn }) => EventSourceArn.includes(`/${table}/`));

test('a table is read when both functions are connected to its stream, as those that CDK connects; once each', async () => {
  const table = await aTierTable();
  // several migrations may wait for one new table
  expect(await Promise.all([readers.connect(table), readers.connect(table)])).toEqual([false, false]);
  expect(await readers.connect(table)).toBe(false);
  lambda.settle();
  expect(await readers.connect(table)).toBe(true);
  const found = mappingsOf(table).map(({ UUID: _, State: __, EventSourceArn: ___, ...rest }) => rest);
  expect(found).toHaveLength(2);
  expect(found).toEqual(
    expect.arrayContaining([
      { FunctionName: 'school-capture-changes', ...streamMapping('CaptureChanges', MISSED) },
      { FunctionName: 'school-count-schools', ...streamMapping('CountSchools', MISSED) },
    ]),
  );
});

test('nobody reads a table that is about to go, and one that is being connected is waited for', async () => {
  const table = await aTierTable();
  await readers.connect(table);
  expect(await readers.disconnect(table)).toBe(false);
  lambda.settle();
  expect(await readers.disconnect(table)).toBe(true);
  expect(await readers.disconnect(table)).toBe(true);
  expect(mappingsOf(table).map(({ State }) => State)).toEqual(['Deleting', 'Deleting']);
  expect(await readers.disconnect(newTableName())).toBe(true);
});

test('a table that is not there is not read', async () => {
  expect(await readers.connect(newTableName())).toBe(false);
});
