import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { dynamoClient } from '../../functions/aws/client.ts';
import { polledStreamsIn, streamReadersIn } from '../../functions/aws/stream-readers.ts';
import type { StreamReaders } from '../../functions/migration/journal/stream-readers-port.ts';
import { startFakeLambda } from '../support/fake-lambda.ts';

const region = 'eu-west-1';
const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
const log = { info: () => undefined, warn: () => undefined };
let lambda: Awaited<ReturnType<typeof startFakeLambda>>;
let readers: StreamReaders;
// these calls send DynamoDB nothing
const dynamodb = dynamoClient({ region, credentials, endpoint: 'http://127.0.0.1:1' });

beforeAll(async () => {
  lambda = await startFakeLambda();
  const config = { region, credentials, endpoint: lambda.endpoint };
  readers = streamReadersIn(dynamodb, config, { prefix: 'saas' }, log);
});
afterAll(() => lambda.stop());
beforeEach(() => lambda.mappings.clear());

const add = (name: string, State: string, LastProcessingResult?: string) => {
  const UUID = `${name}-${lambda.mappings.size}`;
  lambda.mappings.set(UUID, {
    UUID,
    State,
    FunctionName: name,
    EventSourceArn: `arn:aws:dynamodb:${region}:111122223333:table/${UUID}/stream/1`,
    ...(LastProcessingResult === undefined ? {} : { LastProcessingResult }),
  });
};

test('mappings of capture that are off, or whose last attempt failed, are counted', async () => {
  add('saas-capture-changes', 'Enabled', 'OK');
  add('saas-capture-changes', 'Enabled', 'No records processed');
  add('saas-capture-changes', 'Creating');
  add('saas-capture-changes', 'Updating', 'OK');
  add('another', 'Disabled');
  expect(await readers.countNotReading()).toBe(0);
  add('saas-capture-changes', 'Enabled', 'PROBLEM: Function call failed');
  add('saas-capture-changes', 'Disabled', 'OK');
  add('saas-capture-changes', 'Disabling');
  expect(await readers.countNotReading()).toBe(3);
});

test('windows of capture are listed by table, without mappings being created or changed, and can be set', async () => {
  add('saas-capture-changes', 'Enabled');
  add('saas-capture-changes', 'Updating');
  add('another', 'Enabled');
  const [table = ''] = lambda.mappings.keys();
  expect(await readers.captureWindows()).toEqual([{ table, mapping: table, seconds: 0 }]);
  await readers.setCaptureWindow(table, 60);
  expect(lambda.mappings.get(table)).toMatchObject({ MaximumBatchingWindowInSeconds: 60, State: 'Updating' });
  // one is being changed, the other deleted
  for (const mapping of [table, 'none']) await readers.setCaptureWindow(mapping, 0);
  lambda.settle();
  expect(await readers.captureWindows()).toContainEqual({ table, mapping: table, seconds: 60 });
});

test('a throttled call of the control plane is retried', async () => {
  add('saas-capture-changes', 'Disabled');
  lambda.throttle(2);
  expect(await readers.countNotReading()).toBe(1);
});

test('a poller reads every existing stream', async () => {
  expect(await polledStreamsIn(dynamodb).countNotReading()).toBe(0);
});
