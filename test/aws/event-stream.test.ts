import { marshall } from '@aws-sdk/util-dynamodb';
import { expect, test } from 'vitest';
import { eventRecord } from '../../functions/aws/event-record.ts';
import { handler } from '../../functions/handlers/publish-events.ts';
import { Throttled } from '../../functions/migration/errors.ts';
import { epochMs } from '../../functions/migration/names.ts';
import { fakePorts } from '../support/fake-ports.ts';
import { aMigration } from '../support/records.ts';

const context = { awsRequestId: 'r', getRemainingTimeInMillis: () => 60_000 };
const migration = aMigration();
const changed = (item: Record<string, unknown>, SequenceNumber: string, eventName = 'INSERT') => {
  const { migrationId, part } = item;
  const dynamodb = { Keys: marshall({ migrationId, part }), NewImage: marshall(item), SequenceNumber };
  return { eventName, eventSource: 'aws:dynamodb', dynamodb };
};
const event = (order: string) => {
  const record = eventRecord(migration, { at: epochMs(1), who: 'a', to: 'queued', reason: '' }, order);
  return JSON.parse(JSON.stringify(record)) as Record<string, unknown>;
};
const meta = { migrationId: migration.migrationId, part: 'META', status: 'queued' };

test('new events are published in the order of the stream, and nothing else is', async () => {
  const ports = fakePorts();
  const lines: unknown[] = [];
  ports.log.info = (fields, message) => lines.push({ ...fields, message });
  const Records = [
    changed(meta, '1'),
    changed(event('b'), '2'),
    changed(event('a'), '3'),
    changed(event('c'), '4', 'MODIFY'),
    { ...changed(event('d'), '5', 'REMOVE') },
  ];
  expect(await handler.run(ports, { Records }, context)).toEqual({ batchItemFailures: [] });
  const { migrationId, tenantId } = migration;
  expect(ports.events.published.map(({ eventId }) => eventId)).toEqual(
    ['b', 'a'].map((order) => `${migrationId}/EVENT#1970-01-01T00:00:00.001Z#${order}`),
  );
  const line = { migrationId, tenantId, attempt: 1, from: undefined, to: 'queued', message: 'status' };
  expect(lines).toEqual([line, line]);
});

test('if the bus does not accept events, they are delivered again, starting with the first', async () => {
  const ports = fakePorts();
  ports.events.publish = () => Promise.reject(new Throttled('slow down'));
  const Records = [changed(meta, '1'), changed(event('a'), '2'), changed(event('b'), '3')];
  expect(await handler.run(ports, { Records }, context)).toEqual({
    batchItemFailures: [{ itemIdentifier: '2' }],
  });
  ports.events.publish = () => Promise.reject(new Error('denied'));
  await expect(handler.run(ports, { Records }, context)).rejects.toThrow('denied');
});
