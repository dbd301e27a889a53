import { stripVTControlCharacters } from 'node:util';
import { beforeEach, expect, test } from 'vitest';
import type { Migration } from '../../functions/migration/migration.ts';
import type { TenantId } from '../../functions/migration/names.ts';
import { main } from '../../scripts/cli/main.ts';
import { type FakePorts, fakePorts } from '../support/fake-ports.ts';
import { aMigration } from '../support/records.ts';
import { addTenant } from '../support/tenants.ts';
import { listen, runInProcess } from './run-in-process.ts';

let ports: FakePorts;
let copying: Migration;
let holding: Migration;
beforeEach(async () => {
  ports = fakePorts();
  for (const tenantId of ['north', 'south']) await addTenant(ports, { tenantId, items: 1 });
  copying = await open('north', { status: 'copying' });
  holding = await open('south', { status: 'holding' });
});

const open = async (tenant: string, change: Partial<Migration>): Promise<Migration> => {
  const migration = aMigration({ tenantId: tenant as TenantId, ...change });
  await ports.migrations.create(migration, await ports.migrations.latest(migration.tenantId));
  await ports.workflow.start(migration.migrationId, migration.attempt);
  return migration;
};
const cli = (...args: string[]) => runInProcess(ports, ['status', ...args]);
const listed = async (...args: string[]): Promise<readonly string[]> => {
  const { stdout } = await cli(...args, '--json');
  const { migrations } = JSON.parse(stdout) as { migrations: { migrationId: string }[] };
  return migrations.map(({ migrationId }) => migrationId);
};

test('the list is filtered by tenant and by statuses', async () => {
  expect(await listed('--tenant', 'north')).toEqual([copying.migrationId]);
  expect(await listed('--status', 'holding,completed')).toEqual([holding.migrationId]);
  expect(await listed('--status', 'holding', '--tenant', 'north')).toEqual([]);
  expect((await cli('--status', 'failed')).stdout).toBe('no migration matches\n');
  expect(await cli('--tenant', 'nowhere')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('there is no tenant'),
  });
});

test('filters of the list are refused beside a migration', async () => {
  expect(await cli(copying.migrationId, '--status', 'copying')).toMatchObject({ code: 2 });
});

test('--open lists an old migration in its hold which twenty newer ones hide', async () => {
  for (let n = 0; n < 20; n += 1) await open(`ended-${n}`, { status: 'completed' });
  expect(await listed()).not.toContain(holding.migrationId);
  expect((await listed('--open')).toSorted()).toEqual([copying.migrationId, holding.migrationId].toSorted());
  expect(await listed('--open', '--tenant', 'south')).toEqual([holding.migrationId]);
});

test.each([['--status', 'holding'], ['--limit', '5'], ['mig-20260304050607-1a2b3c4d']])(
  '--open is refused beside %s',
  async (...args) => {
    expect(await cli('--open', ...args)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--open'),
    });
  },
);

/** Watches the list. While it sleeps, the migration of north changes; the second time, the user presses Ctrl-C. */
const watch = async (args: readonly string[], columns?: number) => {
  const { clock, migrations } = ports;
  let slept = 0;
  clock.sleep = async (ms, signal) => {
    clock.advance(ms);
    slept += 1;
    if (slept === 2) process.emit('SIGINT');
    signal?.throwIfAborted();
    const event = { who: 'workflow', reason: 'next', at: clock.now() };
    const migration = await migrations.get(copying.migrationId);
    if (migration) await migrations.transition(migration, 'catchingUp', event);
  };
  const [stdout, stderr] = [listen(columns), listen(columns)];
  const streams = { stdout: stdout.stream, stderr: stderr.stream };
  const code = await main(['status', '--watch', ...args], {}, { streams, connect: () => ports });
  return { code, stdout: stdout.text(), stderr: stderr.text() };
};

test('a watched list ends with Ctrl-C and says that the migrations continue', async () => {
  const { code, stderr } = await watch([]);
  expect(code).toBe(130);
  expect(stderr).toMatch(/stopped watching; migrations continue/);
});

test('without a terminal the list is printed once, then each changed line, without escape codes', async () => {
  const { stdout } = await watch([]);
  const lines = stdout.trimEnd().split('\n');
  expect(lines.filter((line) => line.startsWith('mig-'))).toHaveLength(3);
  expect(lines.at(-1)).toContain(copying.migrationId);
  expect(lines.at(-1)).toContain('catchingUp');
  expect(stdout).not.toContain('\u001b');
});

test('in a terminal the list is redrawn in place, and fits its width', async () => {
  const { stdout } = await watch([], 70);
  expect(stdout).toContain('\u001b[0J');
  const [, last = ''] = stdout.split('\u001b[0J').slice(-2);
  expect(last).toContain('catchingUp');
  expect(last).not.toContain('copying');
  for (const line of stripVTControlCharacters(last).split('\n')) expect(line.length).toBeLessThanOrEqual(70);
});

test('with --json a document is printed for each change, and the filter holds', async () => {
  const { stdout } = await watch(['--json', '--status', 'catchingUp']);
  const documents = stdout
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { migrations: { status: string }[] }).migrations);
  expect(documents.slice(0, 2)).toEqual([[], [expect.objectContaining({ status: 'catchingUp' })]]);
});
