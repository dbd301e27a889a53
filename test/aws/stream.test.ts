import { expect, test } from 'vitest';
import type { LambdaContext } from '../../functions/aws/step.ts';
import { createStreamHandler } from '../../functions/aws/stream.ts';
import { handler } from '../../functions/handlers/capture-changes.ts';
import { Throttled, Unavailable } from '../../functions/migration/errors.ts';
import type { CapturedChange } from '../../functions/migration/journal/captured-change.ts';
import type { Ports } from '../../functions/migration/ports.ts';
import { arm } from '../../functions/migration/route/route.ts';
import { fakePorts } from '../support/fake-ports.ts';
import { aMigration, aRoute } from '../support/records.ts';

const context: LambdaContext = { awsRequestId: 'r', getRemainingTimeInMillis: () => 60_000 };
const HOUR = 3_600;

interface HandlerEvent {
  readonly table?: string;
  readonly tenantId?: string;
  readonly eventName?: string;
  readonly userIdentity?: { readonly type: string; readonly principalId: string };
  readonly OldImage?: Record<string, unknown>;
}
/** An event as Lambda delivers it. [Lambda developer guide, Using AWS Lambda with Amazon DynamoDB] */
const record = (key: string, sequence: string, given: HandlerEvent = {}) => {
  const { table = 'saas-tenant-data-basic.2', tenantId = 'tenant-1', OldImage, ...rest } = given;
  return {
    eventID: `event-${sequence}`,
    eventName: 'MODIFY',
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: 'us-east-1',
    dynamodb: {
      ApproximateCreationDateTime: 1_767_225_600,
      Keys: { tenantId: { S: tenantId }, entityKey: { S: key } },
      SequenceNumber: sequence,
      SizeBytes: 60,
      StreamViewType: 'NEW_AND_OLD_IMAGES',
      ...(OldImage ? { OldImage } : {}),
    },
    eventSourceARN: `arn:aws:dynamodb:us-east-1:123456789012:table/${table}/stream/2026-01-01T00:00:00.000`,
    ...rest,
  };
};

/** A stream handler that records its input and its log. */
const noting = (fail: (table: string) => void = () => {}) => {
  const taken: { table: string; changes: readonly CapturedChange[] }[] = [];
  const warnings: Record<string, unknown>[] = [];
  const fakes = fakePorts();
  const ports: Ports = { ...fakes, log: { info() {}, warn: (fields) => warnings.push(fields) } };
  const { run } = createStreamHandler(async (_, table, changes) => {
    fail(table);
    taken.push({ table, changes });
  });
  const now = Math.floor(fakes.clock.now() / 1_000);
  return { run: (event: unknown) => run(ports, event, context), taken, warnings, now };
};
const expiredIn = async (given: HandlerEvent) => {
  const { run, taken } = noting();
  await run({ Records: [record('k', '1', given)] });
  return taken.flatMap(({ changes }) => changes.map(({ expired }) => expired));
};

test('changes are delivered by table, in the order of the stream', async () => {
  const { run, taken } = noting();
  const Records = [
    record('a', '1'),
    record('b', '2', { table: 'other', tenantId: 'tenant-2', eventName: 'INSERT' }),
    record('a', '3', { eventName: 'REMOVE', OldImage: { tenantId: { S: 'tenant-1' } } }),
  ];
  expect(await run({ Records })).toEqual({ batchItemFailures: [] });
  const whatWas = { createdAt: 1_767_225_600_000, images: expect.any(Function) };
  const a = { tenantId: 'tenant-1', key: 'a', expired: false, ...whatWas };
  const b = { tenantId: 'tenant-2', key: 'b', expired: false, ...whatWas };
  expect(taken).toEqual([
    {
      table: 'saas-tenant-data-basic.2',
      changes: [
        { ...a, sequence: '1', kind: 'changed' },
        { ...a, sequence: '3', kind: 'removed' },
      ],
    },
    { table: 'other', changes: [{ ...b, sequence: '2', kind: 'added' }] },
  ]);
});

test('images are read in wire form, if the stream has both', async () => {
  const { run, taken } = noting();
  const given = { B: 'AAE=', BS: ['AAE='], N: '1', NS: ['1'], S: '', SS: ['a'], NULL: true, BOOL: false };
  const values = Object.fromEntries(Object.entries(given).map(([type, value]) => [type, { [type]: value }]));
  const bytes = Buffer.from([0, 1]);
  const read = { ...values, B: { B: bytes }, BS: { BS: [bytes] } };
  const nested = (of: object) => ({ ...of, M: { M: of }, L: { L: Object.values(of) } });
  const both = record('a', '1', { OldImage: nested(values) });
  const unknown = record('b', '2', { OldImage: { a: { X: '1' } } });
  const newOnly = record('c', '3');
  newOnly.dynamodb.StreamViewType = 'NEW_IMAGE';
  await run({ Records: [both, unknown, newOnly] });
  const images = taken.flatMap(({ changes }) => changes.map((change) => change.images));
  expect(images[0]?.()).toEqual({ before: nested(read) });
  expect(images[1]?.()).toBeUndefined();
  expect(images[2]).toBeUndefined();
});

test('a deletion by the service itself is an expiry', async () => {
  const service = { type: 'Service', principalId: 'dynamodb.amazonaws.com' };
  expect(await expiredIn({ eventName: 'REMOVE', userIdentity: service })).toEqual([true]);
  expect(await expiredIn({ eventName: 'REMOVE', userIdentity: { ...service, principalId: 'a' } })).toEqual([
    false,
  ]);
  expect(await expiredIn({ eventName: 'REMOVE' })).toEqual([false]);
  // a replica of a global table also writes in the service's name
  expect(await expiredIn({ eventName: 'MODIFY', userIdentity: service })).toEqual([false]);
});

test('if the engine does not report who deleted an item, an item whose time had passed has expired', async () => {
  const { now } = noting();
  const removal = (expiresAt: unknown, eventName = 'UNKNOWN_TO_SDK_VERSION') =>
    expiredIn({ eventName, OldImage: { expiresAt } });
  expect(await removal({ N: String(now - HOUR) })).toEqual([true]);
  expect(await removal({ N: String(now - HOUR) }, 'REMOVE')).toEqual([true]);
  expect(await removal({ N: String(now - HOUR) }, 'MODIFY')).toEqual([false]);
  expect(await removal({ N: String(now + HOUR) })).toEqual([false]);
  // TTL accepts numbers only
  expect(await removal({ S: String(now - HOUR) })).toEqual([false]);
  expect(await removal({ N: 'NaN' })).toEqual([false]);
});

test.each([new Throttled('slow'), new Unavailable('down')])(
  'records that could not be handled for now are requested again from the first of their table: %s',
  async (error) => {
    const { run, taken, warnings } = noting((table) => {
      if (table === 'bad') throw error;
    });
    const Records = [
      record('secret', '1', { table: 'good' }),
      record('secret', '2', { table: 'bad' }),
      record('secret', '3', { table: 'bad' }),
    ];
    expect(await run({ Records })).toEqual({ batchItemFailures: [{ itemIdentifier: '2' }] });
    expect(taken.map(({ table }) => table)).toEqual(['good']);
    expect(warnings).toEqual([{ table: 'bad', items: 2, requestId: 'r', error: error.name }]);
  },
);

test('any other error fails the invocation, so that it is noticed', async () => {
  const { run, warnings } = noting(() => {
    throw new TypeError('a flaw');
  });
  await expect(run({ Records: [record('k', '1')] })).rejects.toThrow('a flaw');
  expect(warnings).toHaveLength(1);
});

test('an event that is not a stream event is never ignored, and its error contains no item', async () => {
  const { run, taken } = noting();
  const good = record('secret', '1');
  const { Keys: _, ...withoutKeys } = good.dynamodb;
  const numeric = { ...good.dynamodb.Keys, entityKey: { N: '1' } };
  const bad = [
    {},
    { Records: [{ ...good, eventSourceARN: 'arn:aws:sqs:us-east-1:123456789012:queue' }] },
    { Records: [good, { ...good, dynamodb: withoutKeys }] },
    { Records: [good, { ...good, dynamodb: { ...good.dynamodb, Keys: numeric } }] },
  ];
  for (const event of bad) {
    await expect(run(event)).rejects.toThrow(/Records|expected|ARN/);
    await expect(run(event)).rejects.not.toThrow(/secret/);
  }
  expect(taken).toEqual([]);
});

test("the handler of the tier tables' streams journals changes for which capture is on", async () => {
  const ports = fakePorts();
  const { migrationId } = aMigration();
  const open = aRoute();
  const route = arm(open, { migrationId, side: 'source', table: open.table });
  ports.routes.records.set(route.tenantId, route);
  const Records = [record('k', '7', { table: route.table, tenantId: route.tenantId }), record('l', '8')];
  expect(await handler.run(ports, { Records }, context)).toEqual({ batchItemFailures: [] });
  const journalled = await ports.journal.entries(migrationId, 'source', 10);
  expect(journalled.map(({ key }) => key)).toEqual(['k']);
});
