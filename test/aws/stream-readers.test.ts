import { type DynamoDBClient, UpdateTableCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dynamoClient } from '../../functions/aws/client.ts';
import { STREAM_MAPPING } from '../../functions/aws/stream-mappings.ts';
import { polledStreamsIn, streamReadersIn } from '../../functions/aws/stream-readers.ts';
import { tablesIn } from '../../functions/aws/tables.ts';
import { StreamReaderMismatch, TableNotFound } from '../../functions/migration/errors.ts';
import type { StreamReaders } from '../../functions/migration/journal/stream-readers-port.ts';
import { parseSettings } from '../../functions/migration/settings/settings.ts';
import { startTestEngine } from '../support/dynamodb-local.ts';
import { startFakeLambda } from '../support/fake-lambda.ts';
import { newTableName } from '../support/records.ts';

const settings = parseSettings({ prefix: 'school' });

let engine: Awaited<ReturnType<typeof startTestEngine>>;
let lambda: Awaited<ReturnType<typeof startFakeLambda>>;
let client: DynamoDBClient;
let readers: StreamReaders;
const warned: object[] = [];
const log = { info() {}, warn: (fields: object) => warned.push(fields) };
beforeAll(async () => {
  engine = await startTestEngine();
  lambda = await startFakeLambda();
  client = dynamoClient(engine.config);
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const config = { endpoint: lambda.endpoint, region: 'us-east-1', credentials };
  readers = streamReadersIn(client, config, settings, log);
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

test('a table is read once capture is connected to its stream, by one mapping, the same as by CDK', async () => {
  const table = await aTierTable();
  // several migrations may wait for one new table
  expect(await Promise.all([readers.connect(table), readers.connect(table)])).toEqual([false, false]);
  expect(await readers.connect(table)).toBe(false);
  lambda.settle();
  expect(await readers.connect(table)).toBe(true);
  const found = mappingsOf(table).map(({ UUID: _, State: __, EventSourceArn: ___, ...rest }) => rest);
  expect(found).toEqual([{ FunctionName: 'school-capture-changes', ...STREAM_MAPPING }]);
});

test('a table that is being deleted has no reader, and one that is being connected is waited for', async () => {
  const table = await aTierTable();
  await readers.connect(table);
  expect(await readers.disconnect(table)).toBe(false);
  lambda.settle();
  expect(await readers.disconnect(table)).toBe(true);
  expect(await readers.disconnect(table)).toBe(true);
  expect(mappingsOf(table).map(({ State }) => State)).toEqual(['Deleting']);
  expect(await readers.disconnect(newTableName())).toBe(true);
});

test('a missing function is named, and is not reported as a missing table', async () => {
  const table = await aTierTable();
  lambda.missing.add('school-capture-changes');
  await expect(readers.connect(table)).rejects.toThrow(StreamReaderMismatch);
  await expect(readers.connect(table)).rejects.toThrow('school-capture-changes');
  lambda.missing.clear();
  expect(await readers.connect(table)).toBe(false);
});

describe('F18: an existing mapping with a difference', () => {
  const connected = async () => {
    const table = await aTierTable();
    await readers.connect(table);
    lambda.settle();
    expect(await readers.connect(table)).toBe(true);
    warned.length = 0;
    const capture = () => {
      const [found, ...others] = mappingsOf(table);
      if (!found || others.length > 0) throw new Error(`${table} does not have one mapping`);
      return found;
    };
    return { table, capture };
  };

  test.each([
    ['ParallelizationFactor', 4, 1],
    ['MaximumRetryAttempts', 3, -1],
    ['MaximumRecordAgeInSeconds', 60, -1],
    ['FilterCriteria', { Filters: [{ Pattern: '{"eventName":["INSERT"]}' }] }, { Filters: [] }],
    ['BisectBatchOnFunctionError', false, true],
    ['FunctionResponseTypes', [], ['ReportBatchItemFailures']],
    ['MaximumBatchingWindowInSeconds', 300, 0],
    ['TumblingWindowInSeconds', 60, 0],
    ['BatchSize', 10_000, 500],
  ])('in its %s is corrected before capture relies on it', async (name, foreign, ours) => {
    const { table, capture } = await connected();
    Object.assign(capture(), { [name]: foreign });
    expect(await readers.connect(table)).toBe(false);
    expect(capture()).toMatchObject({ [name]: ours, State: 'Updating' });
    expect(warned).toEqual([expect.objectContaining({ table, settings: [name], wasDisabled: false })]);
    // while the mapping is being updated, no other change is requested
    expect(await readers.connect(table)).toBe(false);
    lambda.settle();
    expect(await readers.connect(table)).toBe(true);
    expect(warned).toHaveLength(1);
  });

  test('only in fields that Lambda sets itself needs no change', async () => {
    const { table, capture } = await connected();
    Object.assign(capture(), {
      MaximumRetryAttempts: -1,
      MaximumRecordAgeInSeconds: -1,
      TumblingWindowInSeconds: 0,
      MaximumBatchingWindowInSeconds: 0,
      DestinationConfig: { OnSuccess: {}, OnFailure: {} },
      FilterCriteria: null,
    });
    expect(await readers.connect(table)).toBe(true);
    expect(warned).toEqual([]);
  });

  test('that is turned off is enabled, with a line in the log', async () => {
    const { table, capture } = await connected();
    capture().State = 'Disabled';
    expect(await readers.connect(table)).toBe(false);
    expect(capture().State).toBe('Enabling');
    expect(warned).toEqual([
      expect.objectContaining({
        table,
        function: 'school-capture-changes',
        mapping: capture().UUID,
        settings: [],
        wasDisabled: true,
      }),
    ]);
    lambda.settle();
    capture().State = 'Disabling';
    expect(await readers.connect(table), 'it is not off yet').toBe(false);
    expect(capture().State).toBe('Disabling');
  });

  test.each([
    [{ StartingPosition: 'LATEST' }, 'StartingPosition is LATEST'],
    [{ KMSKeyArn: 'arn:aws:kms:us-east-1:111122223333:key/1' }, 'KMSKeyArn is set'],
  ])('that Lambda cannot change is named, with a remedy: %o', async (foreign, said) => {
    const { table, capture } = await connected();
    Object.assign(capture(), foreign);
    const connecting = readers.connect(table);
    await expect(connecting).rejects.toThrow(StreamReaderMismatch);
    for (const part of [table, said, capture().UUID, 'Delete that mapping'])
      await expect(connecting).rejects.toThrow(part);
    expect(capture().State).toBe('Enabled');
  });

  test('that is being deleted is waited for', async () => {
    const { table, capture } = await connected();
    Object.assign(capture(), { StartingPosition: 'LATEST', State: 'Deleting' });
    expect(await readers.connect(table)).toBe(false);
    lambda.mappings.delete(capture().UUID);
    await readers.connect(table);
    expect(capture()).toMatchObject({ StartingPosition: 'TRIM_HORIZON', State: 'Creating' });
  });
});

test('a table that does not exist has no readers', async () => {
  expect(await readers.connect(newTableName())).toBe(false);
});

describe('the reader of a stream for capture', () => {
  const captureOf = (table: string) => {
    const found = mappingsOf(table).find(({ FunctionName }) => FunctionName === 'school-capture-changes');
    if (!found) throw new Error(`capture is not connected to ${table}`);
    return found;
  };

  test('is named with the stream and the time since when it reads', async () => {
    const table = await aTierTable();
    const { stream } = await readers.captureReader(table);
    expect(await readers.captureReader(table)).toEqual({
      stream: expect.stringMatching(/^\d{4}-/),
      isOn: false,
    });
    await readers.connect(table);
    const reader = captureOf(table).UUID;
    expect(await readers.captureReader(table)).toEqual({ stream, reader, isOn: false });
    lambda.settle();
    expect(await readers.captureReader(table)).toEqual({ stream, reader, isOn: true });
  });

  test.each([
    ['Updating', true],
    ['Enabling', false],
    ['Disabling', false],
    ['Disabled', false],
    ['Deleting', false],
  ])('of a mapping that is %s: %s', async (State, isOn) => {
    const table = await aTierTable();
    await readers.connect(table);
    captureOf(table).State = State;
    expect(await readers.captureReader(table)).toMatchObject({ reader: captureOf(table).UUID, isOn });
  });

  test('is the mapping that replaced one that is being deleted', async () => {
    const table = await aTierTable();
    await readers.connect(table);
    const before = captureOf(table);
    before.State = 'Deleting';
    lambda.mappings.set('replaced', { ...before, UUID: 'replaced', State: 'Enabled' });
    expect(await readers.captureReader(table)).toMatchObject({ reader: 'replaced', isOn: true });
  });

  test('has another label once the stream was replaced, and none while there is no stream', async () => {
    const table = await aTierTable();
    const polled = polledStreamsIn(client);
    const stream = (StreamSpecification: { StreamEnabled: boolean; StreamViewType?: 'KEYS_ONLY' }) =>
      client.send(new UpdateTableCommand({ TableName: table, StreamSpecification }));
    const before = await polled.captureReader(table);
    expect(before).toEqual({
      stream: (await readers.captureReader(table)).stream,
      reader: 'poller',
      isOn: true,
    });
    await stream({ StreamEnabled: false });
    for (const source of [readers, polled])
      expect(await source.captureReader(table)).toEqual({ isOn: false });
    await stream({ StreamEnabled: true, StreamViewType: 'KEYS_ONLY' });
    for (const source of [readers, polled]) {
      const { stream: label } = await source.captureReader(table);
      expect(label).toMatch(/^\d{4}-/);
      expect(label).not.toBe(before.stream);
    }
  });

  test('fails for a table that does not exist', async () => {
    for (const source of [readers, polledStreamsIn(client)])
      await expect(source.captureReader(newTableName())).rejects.toThrow(TableNotFound);
  });
});
