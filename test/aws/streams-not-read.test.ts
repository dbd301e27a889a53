import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { dynamoClient } from '../../functions/aws/client.ts';
import { polledStreamsIn, streamReadersIn } from '../../functions/aws/stream-readers.ts';
import type { StreamReaders } from '../../functions/migration/ports.ts';
import { startFakeLambda } from '../support/fake-lambda.ts';

const region = 'eu-west-1';
const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
const log = { info: () => undefined, warn: () => undefined };
let lambda: Awaited<ReturnType<typeof startFakeLambda>>;
let readers: StreamReaders;
// what is asked here asks DynamoDB nothing
const dynamodb = dynamoClient({ region, credentials, endpoint: 'http://127.0.0.1:1' });

beforeAll(async () => {
  lambda = await startFakeLambda();
  const config = { region, credentials, endpoint: lambda.endpoint };
  readers = streamReadersIn(dynamodb, config, { prefix: 'saas' }, 'missed', log);
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

test('mappings of both readers are counted that are off, or whose last attempt failed', async () => {
  add('saas-capture-changes', 'Enabled', 'OK');
  add('saas-capture-changes', 'Enabled', 'No records processed');
  add('saas-capture-changes', 'Creating');
  add('saas-count-schools', 'Updating', 'OK');
  add('another', 'Disabled');
  expect(await readers.countNotReading()).toBe(0);
  add('saas-capture-changes', 'Enabled', 'PROBLEM: Function call failed');
  add('saas-capture-changes', 'Disabled', 'OK');
  add('saas-count-schools', 'Disabling');
  expect(await readers.countNotReading()).toBe(3);
});

test('windows of capture are told by table, without mappings that are being made or changed, and set', async () => {
  add('saas-capture-changes', 'Enabled');
  add('saas-capture-changes', 'Updating');
  add('saas-count-schools', 'Enabled');
  const [table = ''] = lambda.mappings.keys();
  expect(await readers.captureWindows()).toEqual([{ table, mapping: table, seconds: 0 }]);
  await readers.setCaptureWindow(table, 60);
  expect(lambda.mappings.get(table)).toMatchObject({ MaximumBatchingWindowInSeconds: 60, State: 'Updating' });
  // it is being changed; it is gone
  for (const mapping of [table, 'none']) await readers.setCaptureWindow(mapping, 0);
  lambda.settle();
  expect(await readers.captureWindows()).toContainEqual({ table, mapping: table, seconds: 60 });
});

test('a control plane that throttles is asked again', async () => {
  add('saas-capture-changes', 'Disabled');
  lambda.throttle(2);
  expect(await readers.countNotReading()).toBe(1);
});

test('a poller reads every stream there is', async () => {
  expect(await polledStreamsIn(dynamodb).countNotReading()).toBe(0);
});
