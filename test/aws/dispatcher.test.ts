import { expect, test } from 'vitest';
import { dispatcher } from '../../functions/aws/dispatcher.ts';
import type { LambdaContext } from '../../functions/aws/stage.ts';
import { RecordDamaged, Unavailable } from '../../functions/migration/errors.ts';
import { epochMs, type MigrationId } from '../../functions/migration/names.ts';
import type { Ports } from '../../functions/migration/ports.ts';
import { altered } from '../support/altered.ts';
import { fakePorts } from '../support/fake-ports.ts';
import { aMigration, aRoute } from '../support/records.ts';

const context: LambdaContext = { awsRequestId: 'test', getRemainingTimeInMillis: () => 60_000 };
const run = (ports: Ports) => dispatcher().run(ports, {}, context);
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

test('F9: the run of each minute admits what is queued and reopens overdue fences', async () => {
  const { ports, queued, fencing, writes } = await world();
  expect(await run(ports)).toEqual({ admitted: [queued.migrationId], reopened: [fencing.migrationId] });
  expect(writes()).toBe('open');
});

test('F9: fences that cannot be looked at stop no admission', async () => {
  const { ports, queued, writes } = await world();
  const routes = altered(ports.routes, { get: fails });
  expect(await run({ ...ports, routes })).toEqual({ admitted: [queued.migrationId], reopened: [] });
  expect(writes()).toBe('fenced');
});

test('F9: an admission that fails stops no fence from being reopened, and is told of', async () => {
  const { ports, writes } = await world();
  const admissions = altered(ports.admissions, { current: fails });
  await expect(run({ ...ports, admissions })).rejects.toThrow(Unavailable);
  expect(writes()).toBe('open');
});

const endedWith = (input: unknown) => ({
  'detail-type': 'Step Functions Execution Status Change',
  detail: { input },
});

test.each(['{}', 'null', 'x', '', '{"migrationId":"mig-1"}', 5])(
  'an execution that was started by hand, with %j, fails no dispatcher',
  async (input) => {
    const ports = fakePorts();
    const migration = aMigration();
    await ports.migrations.create(migration);
    expect(await dispatcher().run(ports, endedWith(input), context)).toEqual({
      admitted: [migration.migrationId],
      reopened: [],
    });
  },
);

test('a damaged record of the migration that has ended keeps no other from being admitted', async () => {
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
  expect(await dispatcher().run(ports, endedWith(input), context)).toEqual({
    admitted: [waits.migrationId],
    reopened: [],
  });
});
