import { beforeEach, expect, test } from 'vitest';
import { RecordDamaged, Unavailable } from '../../../functions/migration/errors.ts';
import type { Status } from '../../../functions/migration/life-cycle.ts';
import type { Migration } from '../../../functions/migration/migration.ts';
import { epochMs, type MigrationId, tableName } from '../../../functions/migration/names.ts';
import { admitQueued } from '../../../functions/migration/queue/admit-queued.ts';
import { keepAdmission } from '../../../functions/migration/queue/keep-admission.ts';
import { readQueue } from '../../../functions/migration/queue/read-queue.ts';
import { startIfAdmitted } from '../../../functions/migration/queue/start-if-admitted.ts';
import { type FakePorts, fakePorts } from '../../support/fake-ports.ts';
import { aMigration } from '../../support/records.ts';

const SOURCE = tableName('crowded');

let ports: FakePorts;
beforeEach(() => {
  ports = fakePorts({ admission: { total: 3, perSource: 2 } });
});

let asked = 0;
const ask = async (given: Partial<Migration> = {}): Promise<Migration> => {
  asked += 1;
  const source = { ...aMigration().source, table: SOURCE };
  const migration = aMigration({ source, requestedAt: epochMs(asked), ...given });
  await ports.migrations.create(migration);
  return migration;
};
const go = async ({ migrationId }: Migration, ...statuses: Status[]) => {
  for (const status of statuses) {
    const migration = await ports.migrations.get(migrationId);
    if (!migration) throw new Error(`${migrationId} is gone`);
    await ports.migrations.transition(migration, status, {
      who: 'test',
      reason: 'test',
      at: ports.clock.now(),
    });
  }
};
const TO_THE_FLIP: Status[] = ['planning', 'provisioning', 'copying', 'catchingUp', 'cuttingOver', 'holding'];
const started = () => [...ports.workflow.migrations.keys()];
const executionOf = ({ migrationId }: Migration, attempt = 1) => `${migrationId}-${attempt}`;
const runningMigrations = async () =>
  (await readQueue(ports)).running.map(({ migration }) => migration.migrationId);

test('as many start as the limits allow, and the others when a slot is released by a flip or an end', async () => {
  const all = [await ask(), await ask(), await ask(), await ask()] as const;
  expect(await admitQueued(ports)).toEqual([all[0].migrationId, all[1].migrationId]);
  expect(await admitQueued(ports)).toEqual([]);
  expect((await readQueue(ports)).waiting).toEqual([all[2], all[3]]);
  await go(all[0], ...TO_THE_FLIP);
  expect(await admitQueued(ports)).toEqual([all[2].migrationId]);
  await go(all[1], 'rollingBack');
  expect(await admitQueued(ports)).toEqual([]);
  await go(all[1], 'rolledBack');
  expect(await admitQueued(ports)).toEqual([all[3].migrationId]);
  expect(started()).toEqual(all.map((one) => executionOf(one)));
});

test('with any concurrent dispatchers, each request starts once and no limit is exceeded', async () => {
  for (let n = 0; n < 6; n += 1) await ask();
  for (let round = 0; round < 3; round += 1) {
    const answers = await Promise.all(Array.from({ length: 8 }, () => admitQueued(ports)));
    expect(answers.flat()).toHaveLength(2);
    const { running } = await readQueue(ports);
    expect(running).toHaveLength(2);
    for (const { migration } of running) await go(migration, ...TO_THE_FLIP);
  }
  expect(new Set(started()).size).toBe(6);
});

test('a dispatcher that crashes at any call loses and doubles nothing: the next one continues', async () => {
  for (let failing = 0; ; failing += 1) {
    ports = fakePorts({ admission: { total: 3, perSource: 2 } });
    const all = [await ask(), await ask(), await ask()] as const;
    let calls = 0;
    const crashing = <T extends object>(port: T): T =>
      new Proxy(port, {
        get(target, name) {
          const value: unknown = Reflect.get(target, name);
          if (typeof value !== 'function') return value;
          return (...given: unknown[]) => {
            calls += 1;
            if (calls > failing) throw new Error('crashed');
            return value.apply(target, given);
          };
        },
      });
    const crashed = await admitQueued({
      ...ports,
      admissions: crashing(ports.admissions),
      migrations: crashing(ports.migrations),
      workflow: crashing(ports.workflow),
    }).then(
      () => false,
      () => true,
    );
    await admitQueued(ports);
    expect(started().sort()).toEqual([executionOf(all[0]), executionOf(all[1])]);
    expect(await runningMigrations()).toEqual([all[0].migrationId, all[1].migrationId]);
    if (!crashed) break;
  }
});

test('an outdated list of queued migrations makes no difference', async () => {
  const [gone, called, fresh] = [await ask(), await ask(), await ask()];
  await ports.migrations.update(called, { cancellation: { by: 'ops', reason: 'no' } });
  const old = [gone, called].map((one) => structuredClone(one));
  await go(gone, 'planning');
  const list = async function* () {
    yield* old;
  };
  const withOldList = { ...ports, migrations: Object.assign(Object.create(ports.migrations), { list }) };
  expect(await admitQueued(withOldList)).toEqual([]);
  await startIfAdmitted(withOldList, fresh);
  expect(started()).toEqual([executionOf(fresh)]);
});

test('a dry run needs no admission', async () => {
  await ask({ dryRun: true });
  expect(await admitQueued(ports)).toEqual([]);
  expect((await readQueue(ports)).waiting).toEqual([]);
});

test('a request that finds all slots taken costs one read, and waits', async () => {
  await ask();
  await ask();
  await admitQueued(ports);
  const list = () => {
    throw new Error('the queue was read');
  };
  const late = await ask();
  await startIfAdmitted(
    { ...ports, migrations: Object.assign(Object.create(ports.migrations), { list }) },
    late,
  );
  expect(started()).toHaveLength(2);
});

test('a request is kept if no dispatcher can run now', async () => {
  const current = () => Promise.reject(new Unavailable('no answer'));
  await startIfAdmitted({ ...ports, admissions: { ...ports.admissions, current } }, await ask());
  expect(started()).toEqual([]);
  expect((await readQueue(ports)).waiting).toHaveLength(1);
});

test('a migration whose execution died before its first step starts again; one that died later releases its slot', async () => {
  const [early, late, next] = [await ask(), await ask(), await ask()];
  await admitQueued(ports);
  await go(late, 'planning');
  ports.workflow.endAll();
  // at first it may just not be visible yet
  expect(await admitQueued(ports)).toEqual([]);
  ports.clock.advance(61_000);
  expect(await admitQueued(ports)).toEqual([next.migrationId]);
  expect(started()).toEqual([
    executionOf(early),
    executionOf(late),
    executionOf(early, 2),
    executionOf(next),
  ]);
  expect(await runningMigrations()).toEqual([early.migrationId, next.migrationId]);
});

test('a migration that an operator retries does not wait for a slot, and takes one', async () => {
  const [first, second, dead] = [await ask(), await ask(), await ask({ status: 'copying' })];
  await admitQueued(ports);
  await keepAdmission(ports, dead);
  await ports.workflow.start(dead.migrationId as MigrationId, dead.attempt);
  await ask();
  expect(await admitQueued(ports)).toEqual([]);
  await go(first, ...TO_THE_FLIP);
  expect(await admitQueued(ports)).toEqual([]);
  await go(second, ...TO_THE_FLIP);
  expect(await admitQueued(ports)).toHaveLength(1);
});

test('without the admission record no migration is admitted, a request is kept, and a retry runs without a slot', async () => {
  const waits = await ask();
  ports.admissions.current = () =>
    Promise.reject(new RecordDamaged({ table: 'migrations', key: 'ADMISSION/ADMITTED', field: 'version' }));
  await startIfAdmitted(ports, waits);
  await expect(admitQueued(ports)).rejects.toThrow(RecordDamaged);
  await keepAdmission(ports, waits);
  expect(started()).toEqual([]);
  const { waiting, running, damaged } = await readQueue(ports);
  expect([waiting, running]).toEqual([[waits], []]);
  expect(damaged).toBe(
    "cannot read record ADMISSION/ADMITTED of table migrations: field 'version' is missing or invalid. The record was not changed. Repair it: docs/operations/damaged-records.md",
  );
});
