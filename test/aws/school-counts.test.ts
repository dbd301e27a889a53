import { createServer } from 'node:http';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { NO_SCHOOL_COUNTS, schoolCountsBy } from '../../functions/aws/school-counts.ts';
import { Unavailable } from '../../functions/migration/errors.ts';
import type { SchoolCounts } from '../../functions/migration/growth/school-counts-port.ts';
import { SchoolChanges } from '../../functions/migration/growth/school-counts-port.ts';
import { type TenantId, tableName } from '../../functions/migration/names.ts';
import { listenOnLoopback } from '../../scripts/local/listen-on-loopback.ts';
import { startFakeLambda } from '../support/fake-lambda.ts';

const changes = { table: tableName('basic'), tenantIds: ['abc', 'Ünïted'] as TenantId[] };

let lambda: Awaited<ReturnType<typeof startFakeLambda>>;
let counts: SchoolCounts;
beforeAll(async () => {
  lambda = await startFakeLambda();
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  counts = schoolCountsBy({ region: 'us-east-1', credentials, endpoint: lambda.endpoint }, 'counter');
});
afterAll(() => lambda.stop());
beforeEach(() => {
  lambda.calls.length = 0;
  lambda.missing.clear();
});

test('a count is requested from the function by an asynchronous call, whose event the function can parse', async () => {
  await counts.request(changes);
  expect(lambda.calls).toEqual([{ function: 'counter', type: 'Event', event: changes }]);
  expect(SchoolChanges.parse(lambda.calls[0]?.event)).toEqual(changes);
});

test('a throttled call is repeated once, and then given up', async () => {
  lambda.throttle(1);
  await counts.request(changes);
  expect(lambda.calls).toHaveLength(1);
  lambda.throttle(2);
  await expect(counts.request(changes)).rejects.toThrow();
  expect(lambda.calls).toHaveLength(1);
});

test('a function that is missing, or a service that does not answer, is an error for the caller', async () => {
  lambda.missing.add('counter');
  await expect(counts.request(changes)).rejects.toMatchObject({
    name: 'SchoolCounterNotFound',
    message: expect.stringContaining('function counter is missing'),
  });
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const gone = schoolCountsBy(
    { region: 'us-east-1', credentials, endpoint: 'http://127.0.0.1:1' },
    'counter',
  );
  await expect(gone.request(changes)).rejects.toThrow(Unavailable);
});

test('a call that gets no answer is given up, and not repeated', async () => {
  let attempts = 0;
  const silent = await listenOnLoopback(
    createServer(() => {
      attempts += 1;
    }),
  );
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const given = { region: 'us-east-1', credentials, endpoint: silent.endpoint };
  await expect(schoolCountsBy(given, 'counter').request(changes)).rejects.toThrow();
  expect(attempts).toBe(1);
  await silent.stop();
});

test('without a function no count is requested', async () => {
  await NO_SCHOOL_COUNTS.request(changes);
  expect(lambda.calls).toEqual([]);
});
