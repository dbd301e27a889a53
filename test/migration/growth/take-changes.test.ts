import { beforeEach, expect, test } from 'vitest';
import { handler } from '../../../functions/handlers/capture-changes.ts';
import { Throttled, Unavailable } from '../../../functions/migration/errors.ts';
import { takeChanges } from '../../../functions/migration/growth/take-changes.ts';
import { sentinelKey } from '../../../functions/migration/items/sentinel.ts';
import type { CapturedChange } from '../../../functions/migration/journal/captured-change.ts';
import {
  type EntityKey,
  entityKey,
  type MigrationId,
  type TenantId,
  tableName,
} from '../../../functions/migration/names.ts';
import { type FakePorts, fakePorts } from '../../support/fake-ports.ts';
import { aRoute, newTenantId } from '../../support/records.ts';

const BASIC = tableName('basic');
const MIGRATION = 'mig-1' as MigrationId;

let ports: FakePorts;
beforeEach(() => {
  ports = fakePorts();
});

const change = (
  tenantId: TenantId,
  key: EntityKey,
  kind: CapturedChange['kind'] = 'added',
): CapturedChange => ({ tenantId, key, sequence: '1', kind, expired: false });
const capturedTenant = () => {
  const tenantId = newTenantId();
  const capture = { migrationId: MIGRATION, tables: { source: BASIC } };
  ports.routes.records.set(tenantId, aRoute({ tenantId, table: BASIC, capture }));
  return tenantId;
};
const journalled = () => ports.journal.entries(MIGRATION, 'source', 10);

test('one request names the tenants of a batch that gained or lost a school, each once', async () => {
  const [first, second, third] = [newTenantId(), newTenantId(), newTenantId()];
  await takeChanges(ports, BASIC, [
    change(first, entityKey('SCHOOL#1')),
    change(second, entityKey('SCHOOL#7'), 'removed'),
    change(first, entityKey('SCHOOL#2')),
    change(third, entityKey('STUDENT#1')),
  ]);
  expect(ports.schoolCounts.requests).toEqual([{ table: BASIC, tenantIds: [first, second] }]);
});

test('a change that is not a school added or removed requests no count', async () => {
  const tenantId = newTenantId();
  await takeChanges(ports, BASIC, [
    change(tenantId, entityKey('SCHOOL#1'), 'changed'),
    change(tenantId, entityKey('SCHOOL#1#COURSE#2')),
    change(tenantId, entityKey('STUDENT#1')),
    change(tenantId, sentinelKey(entityKey('SCHOOL#1'), 'nonce')),
  ]);
  await takeChanges(ports, BASIC, []);
  expect(ports.schoolCounts.requests).toEqual([]);
});

/** Errors that a stream handler answers with a failed batch, and one for which it fails. */
const ERRORS = [new Unavailable('Lambda does not answer'), new Throttled('too fast'), new TypeError('a bug')];

test.for(ERRORS)(
  'a count that fails with $name is logged and counted, and the batch succeeds',
  async (error) => {
    const tenantId = capturedTenant();
    const warned: object[] = [];
    ports.schoolCounts.failure = error;
    const log = { info() {}, warn: (fields: object) => warned.push(fields) };
    const record = {
      eventName: 'INSERT',
      eventSourceARN: `arn:aws:dynamodb:us-east-1:123456789012:table/${BASIC}/stream/1`,
      dynamodb: {
        Keys: { tenantId: { S: tenantId }, entityKey: { S: 'SCHOOL#1' } },
        SequenceNumber: '1',
      },
    };
    const context = { awsRequestId: 'r', getRemainingTimeInMillis: () => 60_000 };
    expect(await handler.run({ ...ports, log }, { Records: [record] }, context)).toEqual({
      batchItemFailures: [],
    });
    expect(warned).toEqual([{ table: BASIC, items: 1, error: error.name }]);
    expect(ports.metrics.given).toEqual([{ FailedCountRequests: 1 }]);
    expect((await journalled()).map(({ key }) => key)).toEqual(['SCHOOL#1']);
  },
);

test('a count is requested once the changes are in the journal, so that a slow call holds up none of them', async () => {
  const tenantId = capturedTenant();
  const called = Promise.withResolvers<void>();
  const answered = Promise.withResolvers<void>();
  const schoolCounts = {
    request: () => {
      called.resolve();
      return answered.promise;
    },
  };
  const taken = takeChanges({ ...ports, schoolCounts }, BASIC, [
    change(tenantId, entityKey('SCHOOL#1')),
    change(tenantId, sentinelKey(entityKey('SCHOOL#1'), 'nonce')),
  ]);
  await called.promise;
  expect(await journalled()).toHaveLength(2);
  answered.resolve();
  await taken;
});

test('changes that could not be journalled are delivered again, and request a count then', async () => {
  const tenantId = capturedTenant();
  const changes = [change(tenantId, entityKey('SCHOOL#1'))];
  const journal = Object.assign(Object.create(ports.journal), {
    addEntries: async () => {
      throw new Unavailable('DynamoDB does not answer');
    },
  });
  await expect(takeChanges({ ...ports, journal }, BASIC, changes)).rejects.toThrow(Unavailable);
  expect(ports.schoolCounts.requests).toEqual([]);
  await takeChanges(ports, BASIC, changes);
  expect(ports.schoolCounts.requests).toHaveLength(1);
});
