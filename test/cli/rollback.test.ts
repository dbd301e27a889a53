import { beforeEach, expect, test } from 'vitest';
import { Throttled } from '../../functions/migration/errors.ts';
import type { Status } from '../../functions/migration/life-cycle.ts';
import type { Migration } from '../../functions/migration/migration.ts';
import { epochMs, type MigrationId } from '../../functions/migration/names.ts';
import type { MigrationChange } from '../../functions/migration/record/migrations-port.ts';
import { makeReport } from '../../functions/migration/report/make-report.ts';
import { type FakePorts, fakePorts } from '../support/fake-ports.ts';
import { heldMigration } from '../support/held-migration.ts';
import { aMigration } from '../support/records.ts';
import { addTenant } from '../support/tenants.ts';
import { runInProcess } from './run-in-process.ts';

let ports: FakePorts;
beforeEach(() => {
  ports = fakePorts();
});

const cli = (...args: string[]) => runInProcess(ports, args);
const flippedAt = epochMs(Date.UTC(2026, 0, 1));
const given = async (change: Partial<Migration>): Promise<Migration> => {
  const migration = aMigration(change);
  await ports.migrations.create(migration);
  return migration;
};

/** Parses one document per line. */
const documentsIn = (stdout: string): Record<string, unknown>[] =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

/** Every started migration ends with this status at once. */
const endsWith = (to: Status, change: MigrationChange = {}): void => {
  const end = async (migrationId: MigrationId) => {
    const migration = await ports.migrations.get(migrationId);
    if (!migration) throw new Error(`${migrationId} is gone`);
    const event = { who: 'workflow', reason: 'the end', at: ports.clock.now() };
    const ways: Status[] = migration.status === 'queued' ? ['rollingBack', to] : [to];
    for (const transfer of ways)
      await ports.migrations.transition(
        (await ports.migrations.get(migrationId)) ?? migration,
        transfer,
        event,
        change,
      );
  };
  ports.workflow.startRollback = end;
  ports.workflow.start = end;
};

/** Every rollback's execution ends at once, with nothing done. */
const stopsInRollback = (): void => {
  const start = ports.workflow.startRollback.bind(ports.workflow);
  ports.workflow.startRollback = async (id, attempt) => {
    await start(id, attempt);
    ports.workflow.endAll({ error: 'Unavailable', cause: 'no answer' });
  };
};

test('rollback starts at once, with author and reason in the audit trail, and shows where the tenant goes', async () => {
  const { migrationId, source } = await given({ status: 'holding', flippedAt });
  const ran = await cli('rollback', migrationId, '--reason', 'reports are slow', '--by', 'ana');
  expect(ran).toMatchObject({ code: 0, stderr: '' });
  expect(ran.stdout).toContain(
    `goes back to ${source.table}.\nwatch it: tierferry status ${migrationId} --watch`,
  );
  expect(await ports.migrations.get(migrationId)).toMatchObject({ status: 'rollingBack', attempt: 2 });
  expect([...ports.workflow.rollbacks]).toEqual([[`${migrationId}-2`, 'running']]);
  expect((await ports.migrations.events(migrationId)).slice(1)).toMatchObject([
    { who: 'ana', from: 'holding', to: 'rollingBack', reason: 'rollback: reports are slow' },
  ]);
});

test.each([[[]], [['--watch']]])(
  'F14: rollback %j of a paused migration ends the pause, as shown in the output and the audit trail',
  async (options) => {
    const { migrationId } = await given({ status: 'holding', flippedAt, paused: true });
    if (options.length > 0) endsWith('rolledBack', { reverseFlippedAt: flippedAt });
    const ran = await cli('rollback', migrationId, ...options, '--reason', 'slow', '--by', 'ana');
    expect(ran.code).toBe(0);
    expect(`${ran.stdout}${ran.stderr}`).toContain('the migration was paused; the pause has ended.\n');
    const cancellation = { by: 'ana', reason: 'slow', endedPause: true };
    expect(await ports.migrations.get(migrationId)).toMatchObject({ paused: false, cancellation });
    expect((await ports.migrations.events(migrationId))[1]).toMatchObject({
      reason: 'rollback, which ends the pause: slow',
    });
  },
);

test('F11: a rollback that finds a straggler exits with 3 and shows the key, unless stragglers are discarded', async () => {
  const held = await heldMigration();
  ports = held.ports;
  const { migrationId } = held.migration;
  await held.write(held.source, 'STUDENT#\u001b[2J', 'past the router');
  await held.capture('source', 'STUDENT#\u001b[2J', '1');
  const refused = await cli('rollback', migrationId);
  expect(refused.code).toBe(3);
  expect(refused.stderr).toMatch(
    /Nothing was changed.*Either side's value may be newer[\s\S]*Next: tierferry report mig-[\s\S]*--discard-stragglers/,
  );
  // no character of a key controls the terminal
  expect(refused.stderr).toContain('\n  "STUDENT#\\u001b[2J"\n');
  const asJson = JSON.parse((await cli('rollback', migrationId, '--json')).stdout);
  expect(asJson).toMatchObject({ error: { name: 'StragglersFound', keys: ['STUDENT#\u001b[2J'] } });
  expect((await cli('rollback', migrationId, '--discard-stragglers', '--yes')).code).toBe(0);
  expect(await held.now()).toMatchObject({ status: 'rollingBack' });
  expect((await cli('rollback', migrationId, '--abandon', '--discard-stragglers')).code).toBe(2);
  const abandoned = await cli('rollback', migrationId, '--abandon');
  expect(abandoned).toMatchObject({ code: 0, stdout: expect.stringContaining('stays on target') });
  expect(await held.now()).toMatchObject({ status: 'holding' });
});

test('a watched rollback exits with 0 when the tenant is back', async () => {
  const { migrationId, tenantId, source } = await given({ status: 'holding', flippedAt });
  endsWith('rolledBack', { reverseFlippedAt: flippedAt });
  const { code, stdout } = await cli('rollback', migrationId, '--watch', '--reason', 'slow', '--by', 'ana');
  expect(code).toBe(0);
  expect(stdout).toMatch(
    new RegExp(
      `${tenantId} lives on ${source.table} again, with every write since the flip\\.\nrequested by ana: slow`,
    ),
  );
});

test('with --json a watched rollback prints a document a line, and the last one has the outcome', async () => {
  const { migrationId } = await given({ status: 'holding', flippedAt });
  endsWith('rolledBack', { reverseFlippedAt: flippedAt });
  const { code, stdout } = await cli('rollback', migrationId, '--watch', '--json');
  expect(code).toBe(0);
  const documents = documentsIn(stdout);
  expect(documents.slice(0, -1).map(({ kind }) => kind)).toContain('migration-progress');
  expect(documents.at(-1)).toMatchObject({
    kind: 'migration-outcome',
    next: { action: 'retry', migrationId },
    migration: { status: 'rolledBack', reverseFlippedAt: '2026-01-01T00:00:00.000Z' },
  });
});

test('a watched rollback that stops exits with 1 and names the next command', async () => {
  const { migrationId } = await given({ status: 'holding', flippedAt });
  stopsInRollback();
  const { code, stdout } = await cli('rollback', migrationId, '--watch');
  expect(code).toBe(1);
  expect(stdout).toContain(
    `stopped while it was rolling back; no execution is working on it.\nstopped by: Unavailable: no answer\n`,
  );
  expect(stdout).toContain(`continue: tierferry retry ${migrationId} --watch`);
  expect(stdout).toMatch(/or keep the tenant on .*: tierferry rollback mig-.* --abandon\n/);
  const status = await cli('status', migrationId);
  expect(status.stdout).toMatch(/stopped by +Unavailable: no answer/);
  const asJson = await cli('status', migrationId, '--json');
  expect(JSON.parse(asJson.stdout)).toMatchObject({
    stoppedBy: { error: 'Unavailable', cause: 'no answer' },
  });
});

test('the outcome is shown even if the reason is unavailable', async () => {
  const { migrationId } = await given({ status: 'holding', flippedAt });
  stopsInRollback();
  ports.workflow.stoppedBy = () => Promise.reject(new Throttled('too many requests'));
  const { code, stdout } = await cli('rollback', migrationId, '--watch');
  expect(code).toBe(1);
  expect(stdout).toContain('stopped while it was rolling back; no execution is working on it.\ncontinue: ');
});

test('the report of an earlier failed attempt is not shown as that of the rollback', async () => {
  const migration = await given({ status: 'holding', flippedAt });
  await ports.migrations.saveReport(migration.migrationId, await makeReport(ports, migration));
  endsWith('rolledBack', { reverseFlippedAt: flippedAt });
  const { stdout } = await cli('rollback', migration.migrationId, '--watch', '--json');
  expect(documentsIn(stdout).at(-1)).not.toHaveProperty('report');
});

const asked = { by: 'ana', reason: 'slow' };
test.each([
  {
    what: 'a rollback that had stopped',
    change: { flippedAt, cancellation: asked },
    end: 'rolledBack' as const,
    code: 0,
  },
  {
    what: 'a cancellation that had stopped',
    change: { cancellation: asked },
    end: 'cancelled' as const,
    code: 0,
  },
  { what: 'a rollback without a request', change: {}, end: 'rolledBack' as const, code: 1 },
])('a watched retry of $what exits with $code at its end', async ({ change, end, code }) => {
  const { migrationId } = await given({ status: 'rollingBack', ...change });
  await ports.workflow.startRollback(migrationId, 1);
  ports.workflow.endAll();
  endsWith(end, change.flippedAt ? { reverseFlippedAt: change.flippedAt } : {});
  expect((await cli('retry', migrationId, '--watch')).code).toBe(code);
});

test('a watched migration that ends rolled back exits with 1', async () => {
  await addTenant(ports, { tenantId: 'north', items: 20 });
  endsWith('rolledBack');
  const { code, stdout } = await cli('migrate', 'north', '--to', 'advanced', '--watch');
  expect(code).toBe(1);
  expect(stdout).toMatch(/was rolled back; north lives on saas-tenant-data-basic as before/);
});

test('a stop in the hold offers both to continue and to roll back', async () => {
  const { migrationId } = await given({ status: 'holding', flippedAt });
  const { code, stdout } = await cli('status', migrationId, '--watch');
  expect(code).toBe(1);
  expect(stdout).toMatch(/continue: tierferry retry mig-.*\nor roll back: tierferry rollback mig-/);
});

test('a migration requested with --hold-cutover has its cutover held from the beginning', async () => {
  await addTenant(ports, { tenantId: 'north', items: 20 });
  const { code, stdout } = await cli('migrate', 'north', '--to', 'advanced', '--hold-cutover', '--json');
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ migration: { cutoverHeld: true } });
});
