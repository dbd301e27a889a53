import {
  CreateEventSourceMappingCommand,
  type CreateEventSourceMappingCommandInput,
  DeleteEventSourceMappingCommand,
  GetEventSourceMappingCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import { afterEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { STREAM_MAPPING } from '../../functions/aws/stream-mappings.ts';
import { WITHOUT_SENTINELS } from '../../functions/router/router.ts';
import { functionArn } from '../../scripts/local/arns.ts';
import { startMappings } from '../../scripts/local/strict/mappings/start-mappings.ts';
import { type GivenStrictSettings, parseStrictSettings } from '../../scripts/local/strict/strict-settings.ts';
import { FakeStreams } from '../local/fake-streams.ts';
import { until } from '../support/until.ts';

const Event = z.object({
  Records: z.array(
    z.object({ dynamodb: z.object({ Keys: z.object({ entityKey: z.object({ S: z.string() }) }) }) }),
  ),
});
const FUNCTION = 'a-function';
/** Short delays, except the one that a test is about. */
const SHORT = { pollMs: 2, mostLatencyMs: 10, mappingCreationMs: 5, mappingChangeMs: 5, firstRecordsMs: 5 };
const HOUR_MS = 3_600_000;

const opened: { stop(): Promise<unknown> }[] = [];
afterEach(() => Promise.all(opened.splice(0).map((one) => one.stop())));

type Answer = (keys: readonly string[]) => unknown;

/** Mappings of a table with one shard, Lambda's client, and the function's input. */
const start = async (streams: GivenStrictSettings['streams'], answer: Answer = () => null) => {
  const engine = new FakeStreams();
  const arn = engine.addStream('table');
  engine.addShard(arn, 'A');
  const batches: string[][] = [];
  const mappings = await startMappings({
    client: engine,
    settings: parseStrictSettings({ streams: { ...SHORT, ...streams } }).streams,
    functionOf: (name) =>
      name === FUNCTION
        ? async (event) => {
            const keys = Event.parse(event).Records.map(({ dynamodb }) => dynamodb.Keys.entityKey.S);
            batches.push(keys);
            return answer(keys);
          }
        : undefined,
    log: { info() {}, warn() {} },
  });
  const client = new LambdaClient({
    endpoint: mappings.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
  opened.push({
    stop: async () => {
      client.destroy();
      await mappings.stop();
    },
  });
  const create = (given: Partial<CreateEventSourceMappingCommandInput> = {}) =>
    client.send(
      new CreateEventSourceMappingCommand({
        FunctionName: FUNCTION,
        EventSourceArn: arn,
        StartingPosition: 'TRIM_HORIZON',
        ...given,
      }),
    );
  const get = (UUID: string | undefined) => client.send(new GetEventSourceMappingCommand({ UUID }));
  const reaches = (UUID: string | undefined, state: string) =>
    until(`the mapping to be ${state}`, async () => (await get(UUID)).State === state);
  const update = (UUID: string | undefined, change: object) =>
    client.send(new UpdateEventSourceMappingCommand({ UUID, ...change }));
  const remove = (UUID: string | undefined) => client.send(new DeleteEventSourceMappingCommand({ UUID }));
  const keys = () => batches.flat();
  const handed = (...wanted: readonly string[]) =>
    until(`records ${wanted.join()}`, () => JSON.stringify(keys()) === JSON.stringify(wanted));
  return { engine, arn, mappings, client, create, get, reaches, update, remove, batches, keys, handed };
};
const IN_USE = (verb: string) =>
  expect.objectContaining({
    name: 'ResourceInUseException',
    message: `Cannot ${verb} the event source mapping because it is in use.`,
  });

describe('a mapping', () => {
  test('is being created for a while, and returns the fields that it was given', async () => {
    const { arn, client, create, reaches } = await start({});
    const given: Partial<CreateEventSourceMappingCommandInput> = {
      ...STREAM_MAPPING,
      MaximumRetryAttempts: 5,
      DestinationConfig: { OnFailure: { Destination: 'arn:aws:sqs:us-east-1:000000000000:dead-letters' } },
      FilterCriteria: { Filters: [{ Pattern: WITHOUT_SENTINELS }] },
    };
    const created = await create(given);
    expect(created).toMatchObject({
      ...given,
      UUID: expect.stringMatching(/^[0-9a-f-]{36}$/),
      FunctionArn: functionArn(FUNCTION),
      EventSourceArn: arn,
      State: 'Creating',
      StateTransitionReason: 'USER_INITIATED',
      LastModified: expect.any(Date),
    });
    expect(created.$metadata.httpStatusCode).toBe(202);
    await reaches(created.UUID, 'Enabled');
    const { EventSourceMappings = [] } = await client.send(
      new ListEventSourceMappingsCommand({ FunctionName: FUNCTION, EventSourceArn: arn }),
    );
    expect(EventSourceMappings.map(({ UUID, State }) => [UUID, State])).toEqual([[created.UUID, 'Enabled']]);
    const ofOthers = await client.send(new ListEventSourceMappingsCommand({ FunctionName: 'another' }));
    expect(ofOthers.EventSourceMappings).toEqual([]);
  });

  test('exists once for a function and a stream', async () => {
    const { arn, create } = await start({ mappingCreationMs: HOUR_MS });
    const { UUID } = await create();
    await expect(create()).rejects.toThrow(
      expect.objectContaining({
        name: 'ResourceConflictException',
        message: `The event source arn (" ${arn} ") and function (" ${FUNCTION} ") provided mapping already exists. Please update or delete the existing mapping with UUID ${UUID}`,
      }),
    );
  });

  test('can neither be changed nor deleted while it is being created', async () => {
    const { create, update, remove } = await start({ mappingCreationMs: HOUR_MS });
    const { UUID } = await create();
    await expect(update(UUID, { Enabled: false })).rejects.toThrow(IN_USE('update'));
    await expect(remove(UUID)).rejects.toThrow(IN_USE('delete'));
  });

  test('can neither be changed nor deleted while it is being changed', async () => {
    const { create, get, reaches, update, remove } = await start({ mappingChangeMs: HOUR_MS });
    const { UUID } = await create();
    await reaches(UUID, 'Enabled');
    expect(await update(UUID, { BatchSize: 7 })).toMatchObject({ State: 'Updating', BatchSize: 7 });
    await expect(update(UUID, { BatchSize: 8 })).rejects.toThrow(IN_USE('update'));
    await expect(remove(UUID)).rejects.toThrow(IN_USE('delete'));
    expect(await get(UUID)).toMatchObject({ State: 'Updating', BatchSize: 7 });
  });

  test('is turned off and on through the intermediate states', async () => {
    const { create, reaches, update } = await start({});
    const { UUID } = await create({ Enabled: false });
    await reaches(UUID, 'Disabled');
    expect(await update(UUID, { Enabled: true })).toMatchObject({ State: 'Enabling' });
    await reaches(UUID, 'Enabled');
    expect(await update(UUID, { Enabled: true })).toMatchObject({ State: 'Updating' });
    await reaches(UUID, 'Enabled');
    expect(await update(UUID, { Enabled: false })).toMatchObject({ State: 'Disabling' });
    await reaches(UUID, 'Disabled');
  });

  test('that is deleted exists for a while, and then is not found', async () => {
    const { create, get, reaches, remove } = await start({});
    const { UUID } = await create();
    await reaches(UUID, 'Enabled');
    expect(await remove(UUID)).toMatchObject({ State: 'Deleting' });
    const error = await until('the mapping to be gone', () =>
      get(UUID).then(
        () => undefined,
        (thrown: Error) => thrown,
      ),
    );
    expect(error).toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'The resource you requested does not exist.',
    });
    expect(await create()).toMatchObject({ State: 'Creating' });
  });
});

describe('records', () => {
  test('written before a mapping was created are delivered to one that starts at the oldest, once it reads', async () => {
    const { engine, arn, create, reaches, handed, keys } = await start({});
    engine.put(arn, 'A', 'a', 'b');
    const { UUID } = await create();
    expect(keys()).toEqual([]);
    await reaches(UUID, 'Enabled');
    await handed('a', 'b');
    engine.put(arn, 'A', 'c');
    await handed('a', 'b', 'c');
  });

  test('written before a mapping reads are lost to one that starts at the latest, although it is Enabled', async () => {
    const { engine, arn, create, reaches, keys } = await start({ firstRecordsMs: 1_000 });
    const { UUID } = await create({ StartingPosition: 'LATEST' });
    await reaches(UUID, 'Enabled');
    engine.put(arn, 'A', 'in the gap');
    let written = 0;
    const first = await until('a record', () => {
      written += 1;
      engine.put(arn, 'A', `k${written}`);
      return keys()[0];
    });
    expect(first).not.toBe('in the gap');
    expect(keys()).not.toContain('in the gap');
  });

  test('are delivered at once by a mapping of the deployment', async () => {
    const { engine, arn, mappings, handed } = await start({ firstRecordsMs: HOUR_MS });
    engine.put(arn, 'A', 'a');
    mappings.deploy(FUNCTION, arn);
    await handed('a');
  });

  test('wait while a mapping is off, and continue where it stopped', async () => {
    const { engine, arn, create, get, reaches, update, handed, keys } = await start({});
    const { UUID } = await create();
    await reaches(UUID, 'Enabled');
    engine.put(arn, 'A', 'a');
    await handed('a');
    await update(UUID, { Enabled: false });
    await reaches(UUID, 'Disabled');
    const reads = engine.reads.length;
    engine.put(arn, 'A', 'b');
    for (let polls = 0; polls < 10; polls += 1) await get(UUID);
    expect([keys(), engine.reads.length]).toEqual([['a'], reads]);
    await update(UUID, { Enabled: true });
    await handed('a', 'b');
  });

  test("are delivered in batches of the mapping's size", async () => {
    const { engine, arn, create, handed, batches } = await start({});
    engine.put(arn, 'A', 'a', 'b', 'c', 'd', 'e');
    await create({ BatchSize: 2 });
    await handed('a', 'b', 'c', 'd', 'e');
    expect(batches.map((batch) => batch.length)).toEqual([2, 2, 1]);
  });

  test('that do not pass the filter are not delivered', async () => {
    const { engine, arn, create, handed } = await start({});
    engine.put(arn, 'A', 'GRADE#1', 'SCHOOL#1', 'SCHOOL#2', 'GRADE#2');
    const pattern = {
      eventName: ['MODIFY'],
      dynamodb: { Keys: { entityKey: { S: [{ prefix: 'SCHOOL#' }] } } },
    };
    const others = { eventName: ['REMOVE'] };
    await create({
      FilterCriteria: { Filters: [pattern, others].map((one) => ({ Pattern: JSON.stringify(one) })) },
    });
    await handed('SCHOOL#1', 'SCHOOL#2');
  });

  test('are tried as often as the mapping says, and then given up', async () => {
    const { engine, arn, create, keys } = await start({}, (batch) => {
      if (batch.includes('bad')) throw new Error('planted');
      return null;
    });
    engine.put(arn, 'A', 'bad');
    await create({ MaximumRetryAttempts: 2 });
    await until('three tries', () => keys().length === 3);
    engine.put(arn, 'A', 'good');
    await until('the next record', () => keys().includes('good'));
    expect(keys()).toEqual(['bad', 'bad', 'bad', 'good']);
  });
});
