import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import * as z from 'zod';
import type { LambdaContext } from '../../functions/aws/step.ts';
import { handler as capture } from '../../functions/handlers/capture-changes.ts';
import type { Migration } from '../../functions/migration/migration.ts';
import {
  entityKey,
  epochMs,
  type SegmentNumber,
  type TableName,
  type TenantId,
  tableName,
} from '../../functions/migration/names.ts';
import type { Ports } from '../../functions/migration/ports.ts';
import { requestMigration } from '../../functions/migration/requests/request-migration.ts';
import { type PlantedStack, startPlantedStack } from '../support/planted-stack.ts';
import { addTenant, ended } from '../support/tenants.ts';
import { until } from '../support/until.ts';

const TARGET = tableName('saas-tenant-data-advanced');
const KEY = 'STUDENT#000050';
const context: LambdaContext = { awsRequestId: 'test', getRemainingTimeInMillis: () => 60_000 };

let stack: PlantedStack;
beforeAll(async () => {
  // no full comparison under the fence, as for a larger tenant
  stack = await startPlantedStack({ fencedComparisonMs: 0 });
});
afterAll(() => stack.stop());
beforeEach(() => stack.alter());

const request = (tenantId: TenantId, holdMs: number) =>
  requestMigration(stack.ports, {
    tenantId,
    toTier: 'advanced',
    holdMs,
    requestedBy: 'test',
    reason: 'test',
  });
const put = (tenantId: TenantId, table: TableName, value: string) =>
  stack.ports.partition(tenantId).write(table, {
    puts: [{ tenantId: { S: tenantId }, entityKey: { S: KEY }, value: { S: value } }],
    deletes: [],
  });
const latest = async (tenantId: TenantId): Promise<Migration> => {
  for await (const one of stack.ports.migrations.list({ tenantId })) return one;
  throw new Error(`no migration of ${tenantId}`);
};

/** Returns the same ports an hour later. */
const anHourLater = (ports: Ports): Ports => ({
  ...ports,
  clock: { ...ports.clock, now: () => epochMs(Date.now() + 3_600_000) },
});

test('F5: long after the flip, a change that capture has not delivered yet is not a mismatch', async () => {
  const { ports, streams } = stack;
  const { tenantId } = await addTenant(ports, { tenantId: 'busy', items: 60 });
  stack.alter('CompareKeptSegment', anHourLater);
  stack.before('CompareKeptSegment', async () => {
    streams.pause();
    await put(tenantId, TARGET, 'an ordinary write');
  });
  const { migrationId } = await request(tenantId, 0);
  await until('the comparison to find the write', async () => {
    for await (const { mismatch } of ports.segments.list(migrationId)) if (mismatch?.differing) return true;
    return false;
  });
  streams.resume();
  const { status, failure } = await ended(ports, migrationId);
  expect({ status, failure }).toEqual({ status: 'completed', failure: undefined });
});

const Delivered = z.object({
  Records: z.array(
    z.looseObject({
      eventSourceARN: z.string(),
      dynamodb: z.looseObject({ Keys: z.looseObject({ entityKey: z.object({ S: z.string() }) }) }),
    }),
  ),
});

/** Delivers the records of one key in one table to capture again, as Lambda does with an unacknowledged batch. */
const deliverAgain = async (table: TableName, key: string): Promise<void> => {
  const records = (stack.given.get('CaptureChanges') ?? [])
    .flatMap((event) => Delivered.parse(event).Records)
    .filter(
      ({ eventSourceARN, dynamodb }) =>
        eventSourceARN.includes(`${table}/stream`) && dynamodb.Keys.entityKey.S === key,
    );
  expect(records.length).toBeGreaterThan(0);
  await capture.run(stack.ports, { Records: records.slice(-1) }, context);
};

test('F16: a change made before the fence and delivered again after the flip is not a straggler', async () => {
  const { ports } = stack;
  const { tenantId, table } = await addTenant(ports, { tenantId: 'again', items: 60 });
  stack.before('CutOver', async () => {
    await put(tenantId, table, 'before the fence');
  });
  stack.before('CheckHold', async () => {
    await deliverAgain(table, KEY);
    const { migrationId } = await latest(tenantId);
    expect(await ports.journal.journalledAmong(migrationId, 'source', [entityKey(KEY)])).toEqual(
      new Set([KEY]),
    );
  });
  const { migrationId } = await request(tenantId, 0);
  const { status, failure } = await ended(ports, migrationId);
  expect({ status, failure }).toEqual({ status: 'completed', failure: undefined });
});

test('F16: a straggler is reported during the hold, with its key in the report', async () => {
  const { ports } = stack;
  const { tenantId, table } = await addTenant(ports, { tenantId: 'strayed', items: 60 });
  stack.before('CheckHold', async () => {
    await put(tenantId, table, 'past the router');
  });
  const { migrationId } = await request(tenantId, 600_000);
  await until('the report of the straggler', async () =>
    (await ports.migrations.report(migrationId))?.foreign.some(({ key }) => key === KEY),
  );
  expect(await ports.migrations.get(migrationId)).toMatchObject({ status: 'holding' });
  const trail = await ports.migrations.events(migrationId);
  expect(trail.filter(({ reason }) => reason.startsWith('Stragglers: 1 key'))).toHaveLength(1);
  expect(await ports.segments.get(migrationId, 0 as SegmentNumber)).toMatchObject({ cleanUpDone: false });
});
