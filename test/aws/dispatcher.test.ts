import { expect, test } from 'vitest';
import { createDispatcher } from '../../functions/aws/dispatcher.ts';
import type { LambdaContext } from '../../functions/aws/step.ts';
import { RecordDamaged, Unavailable } from '../../functions/migration/errors.ts';
import { epochMs, type MigrationId } from '../../functions/migration/names.ts';
import type { Ports } from '../../functions/migration/ports.ts';
import { altered } from '../support/altered.ts';
import { FakeMetrics } from '../support/fake-metrics.ts';
import { fakePorts } from '../support/fake-ports.ts';
import { FakeStreamReaders } from '../support/fake-stream-readers.ts';
import { aMigration, aRoute } from '../support/records.ts';

const context: LambdaContext = { awsRequestId: 'test', getRemainingTimeInMillis: () => 60_000 };
const run = (ports: Ports) => createDispatcher().run(ports, {}, context);
const fails = () => Promise.reject(new Unavailable('no answer'));

/** A request in the queue, and a tenant whose fence is overdue. */
const world = async () => {
  const ports = fakePorts();
  const queued = aMigration();
  const fencing = aMigration({ status: 'cuttingOver' });
  for (const migration of [queued, fencing]) await ports.migrations.create(migration);
  const { migrationId, tenantId } = fencing;
  const fence = { migrationId, deadline: epochMs(ports.clock.now() - 1) };
  ports.routes.records.set(tenantId, aRoute({ tenantId, writes: 'fenced', fence }));
  const writes = () => ports.routes.records.get(tenantId)?.writes;
  return { ports, queued, fencing, writes };
};

test('F9: the scheduled run admits queued requests and reopens overdue fences', async () => {
  const { ports, queued, fencing, writes } = await world();
  expect(await run(ports)).toEqual({ admitted: [queued.migrationId], reopened: [fencing.migrationId] });
  expect(writes()).toBe('open');
});

test('F9: an error while reading fences does not prevent admission', async () => {
  const { ports, queued, writes } = await world();
  const routes = altered(ports.routes, { get: fails });
  expect(await run({ ...ports, routes })).toEqual({ admitted: [queued.migrationId], reopened: [] });
  expect(writes()).toBe('fenced');
});

test('F9: an error during admission does not prevent reopening fences, and is reported', async () => {
  const { ports, writes } = await world();
  const admissions = altered(ports.admissions, { current: fails });
  await expect(run({ ...ports, admissions })).rejects.toThrow(Unavailable);
  expect(writes()).toBe('open');
});

const endedWith = (input: unknown, detail: object = {}) => ({
  'detail-type': 'Step Functions Execution Status Change',
  detail: { input, ...detail },
});
const STATES = 'arn:aws:states:eu-west-1:111122223333:stateMachine:saas';

/** Metrics that one run of the dispatcher publishes. */
const figuresOf = async (ports: Ports, event: unknown) => {
  const metrics = new FakeMetrics();
  await createDispatcher().run({ ...ports, metrics }, event, context);
  return Object.assign({}, ...metrics.given);
};

test.each(['FAILED', 'TIMED_OUT', 'ABORTED'])(
  'an execution that ended as %s is counted for any state machine',
  async (status) => {
    for (const machine of ['tier-migration', 'rollback', 'fence-watchdog']) {
      const event = endedWith('{}', { status, stateMachineArn: `${STATES}-${machine}` });
      expect(await figuresOf(fakePorts(), event)).toMatchObject({ FailedExecutions: 1 });
    }
  },
);

test('neither an execution that succeeded nor a scheduled run counts as failed', async () => {
  for (const event of [
    {},
    endedWith('{}', { status: 'SUCCEEDED', stateMachineArn: `${STATES}-tier-migration` }),
  ])
    expect(await figuresOf(fakePorts(), event)).not.toHaveProperty('FailedExecutions');
});

test('the end of a rollback or of a watchdog requests no migration', async () => {
  const ports = fakePorts();
  const polled: MigrationId[] = [];
  const { get } = ports.migrations;
  ports.migrations.get = async (id: MigrationId) => {
    polled.push(id);
    return get.call(ports.migrations, id);
  };
  const input = JSON.stringify({ migrationId: 'mig-1', attempt: 1 });
  for (const machine of ['rollback', 'fence-watchdog'])
    await createDispatcher().run(
      ports,
      endedWith(input, { stateMachineArn: `${STATES}-${machine}` }),
      context,
    );
  expect(polled).toEqual([]);
  await createDispatcher().run(
    ports,
    endedWith(input, { stateMachineArn: `${STATES}-tier-migration` }),
    context,
  );
  expect(polled).toEqual(['mig-1']);
});

test('mappings that do not read are counted each minute', async () => {
  const streamReaders = new FakeStreamReaders();
  expect(await figuresOf({ ...fakePorts(), streamReaders }, {})).toMatchObject({ StreamsNotRead: 0 });
  streamReaders.notReading = 2;
  expect(await figuresOf({ ...fakePorts(), streamReaders }, {})).toMatchObject({ StreamsNotRead: 2 });
});

test('if mappings cannot be counted, the metric is missing and everything else continues', async () => {
  const { ports, queued, fencing } = await world();
  const streamReaders = new FakeStreamReaders();
  streamReaders.notReading = new Unavailable('no answer');
  const metrics = new FakeMetrics();
  expect(await run({ ...ports, streamReaders, metrics })).toEqual({
    admitted: [queued.migrationId],
    reopened: [fencing.migrationId],
  });
  expect(Object.assign({}, ...metrics.given)).not.toHaveProperty('StreamsNotRead');
});

test.each(['{}', 'null', 'x', '', '{"migrationId":"mig-1"}', 5])(
  'an execution started by hand, with %j, does not fail the dispatcher',
  async (input) => {
    const ports = fakePorts();
    const migration = aMigration();
    await ports.migrations.create(migration);
    expect(await createDispatcher().run(ports, endedWith(input), context)).toEqual({
      admitted: [migration.migrationId],
      reopened: [],
    });
  },
);

test('a damaged record of a migration that has ended does not prevent admission of another', async () => {
  const ports = fakePorts();
  const [ended, waits] = [aMigration(), aMigration()];
  await ports.migrations.create(waits);
  const { get } = ports.migrations;
  ports.migrations.get = async (id: MigrationId) => {
    if (id === ended.migrationId)
      throw new RecordDamaged({ table: 't', key: `${id}/META`, field: 'attempt' });
    return get.call(ports.migrations, id);
  };
  const input = JSON.stringify({ migrationId: ended.migrationId, attempt: 1 });
  expect(await createDispatcher().run(ports, endedWith(input), context)).toEqual({
    admitted: [waits.migrationId],
    reopened: [],
  });
});
