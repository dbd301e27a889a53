import { beforeEach, expect, test } from 'vitest';
import * as z from 'zod';
import { STATUSES } from '../../functions/migration/life-cycle.ts';
import type { Migration } from '../../functions/migration/migration.ts';
import {
  epochMs,
  type MigrationId,
  type TenantId,
  type TierName,
  tableName,
} from '../../functions/migration/names.ts';
import { type FakePorts, fakePorts } from '../support/fake-ports.ts';
import { aMigration, aPlan } from '../support/records.ts';
import { addTenant } from '../support/tenants.ts';
import { runInProcess } from './run-in-process.ts';

const flippedAt = epochMs(Date.UTC(2026, 0, 1));

let ports: FakePorts;
beforeEach(() => {
  ports = fakePorts();
});

const given = async (change: Partial<Migration>): Promise<Migration> => {
  const migration = aMigration(change);
  await ports.migrations.create(migration);
  return migration;
};
const cli = (...args: string[]) => runInProcess(ports, args);
const now = async ({ migrationId }: Migration) => ({
  record: await ports.migrations.get(migrationId),
  events: await ports.migrations.events(migrationId),
  rollbacks: [...ports.workflow.rollbacks],
});

test.each([
  { command: ['pause'], before: {}, after: { paused: true }, trail: 'paused: exam week' },
  { command: ['resume'], before: { paused: true }, after: { paused: false }, trail: 'resumed: exam week' },
  { command: ['hold-cutover'], before: {}, after: { cutoverHeld: true }, trail: 'cutover held: exam week' },
  {
    command: ['cutover'],
    before: { cutoverHeld: true },
    after: { cutoverHeld: false },
    trail: 'cutover released: exam week',
  },
  {
    command: ['limit', '--write-units', '200'],
    before: {},
    after: { writeUnitsPerSecond: 200 },
    trail: 'limited to 200 write units a second: exam week',
  },
  {
    command: ['limit', '--read-units', '500'],
    before: { writeUnitsPerSecond: 7 },
    after: { writeUnitsPerSecond: 7, readUnitsPerSecond: 500 },
    trail: 'limited to 500 read units a second: exam week',
  },
])(
  '$command takes effect and is in the audit trail with name and reason',
  async ({ command: [name = '', ...options], before, after, trail }) => {
    const migration = await given({ status: 'catchingUp', ...before });
    const { migrationId } = migration;
    await ports.workflow.start(migrationId, 1);
    const ran = await cli(name, migrationId, ...options, '--reason', 'exam week', '--by', 'ana', '--json');
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(ran.stdout)).toMatchObject({ migration: { migrationId, ...after } });
    expect(await ports.migrations.get(migrationId)).toMatchObject({ status: 'catchingUp', ...after });
    expect((await ports.migrations.events(migrationId)).slice(1)).toEqual([
      { at: ports.clock.now(), who: 'ana', from: 'catchingUp', to: 'catchingUp', reason: trail },
    ]);
  },
);

test('none removes a limit', async () => {
  const { migrationId } = await given({ status: 'copying', writeUnitsPerSecond: 5 });
  const { code, stdout } = await cli('limit', migrationId, '--write-units', 'none');
  expect({ code, stdout }).toEqual({ code: 0, stdout: `${migrationId} has no write limit.\n` });
  expect((await ports.migrations.get(migrationId))?.writeUnitsPerSecond).toBeUndefined();
});

test.each([
  {
    command: 'pause',
    answer: /is paused; work under way stops within seconds\.\ncontinue: tierferry resume mig-\d+\n$/,
  },
  { command: 'hold-cutover', answer: /waits for its release\.\nrelease it: tierferry cutover mig-\d+\n$/ },
])('$command shows the command that undoes it', async ({ command, answer }) => {
  const { migrationId } = await given({ status: 'copying' });
  expect((await cli(command, migrationId)).stdout).toMatch(answer);
});

test('cancel reaches the running execution; a migration without one is rolled back by a new execution', async () => {
  const running = await given({ status: 'copying' });
  const dead = await given({ status: 'copying' });
  await ports.workflow.start(dead.migrationId, 1);
  ports.workflow.endAll();
  await ports.workflow.start(running.migrationId, 1);
  for (const { migrationId } of [running, dead])
    expect(await cli('cancel', migrationId, '--reason', 'wrong district', '--by', 'ana')).toMatchObject({
      code: 0,
    });
  const cancellation = { by: 'ana', reason: 'wrong district' };
  expect(await now(running)).toMatchObject({ record: { attempt: 1, cancellation } });
  expect(await now(dead)).toMatchObject({
    record: { attempt: 2, cancellation },
    rollbacks: [[`${dead.migrationId}-2`, 'running']],
  });
});

test.each([
  { to: 'cancelled', code: 0 },
  { to: 'rolledBack', code: 1 },
] as const)(
  'cancel --watch ends with the migration, and exits with $code if it is $to',
  async ({ to, code }) => {
    const { migrationId } = await given({ status: 'copying' });
    await ports.workflow.start(migrationId, 1);
    ports.workflow.endAll();
    const end = { who: 'workflow', reason: 'all changes were undone', at: ports.clock.now() };
    ports.workflow.startRollback = async (id) => {
      for (const status of ['rollingBack', to] as const) {
        const migration = await ports.migrations.get(id);
        if (migration) await ports.migrations.transition(migration, status, end);
      }
    };
    const ran = await cli('cancel', migrationId, '--watch', '--reason', 'wrong district');
    expect(ran.code).toBe(code);
    expect(ran.stdout).toContain(
      `${migrationId} ${to === 'cancelled' ? 'was cancelled' : 'was rolled back'}`,
    );
    expect(ran.stdout).not.toContain('watch it:');
  },
);

test('F14: cancel of a paused migration ends the pause, as the answer and the audit trail say', async () => {
  const migration = await given({ status: 'copying', paused: true });
  const { migrationId } = migration;
  const ran = await cli('cancel', migrationId, '--reason', 'wrong district', '--by', 'ana');
  expect(ran.stdout).toMatch(
    /will be cancelled: its changes will be undone, and \S+ stays on \S+\.\nthe migration was paused; the pause has ended\.\n/,
  );
  const { record, events } = await now(migration);
  expect(record).toMatchObject({ paused: false, cancellation: { endedPause: true } });
  expect(events.at(-1)).toMatchObject({
    who: 'ana',
    reason: 'cancel requested, which ends the pause: wrong district',
  });
});

test('a second cancel is in the audit trail, and the record keeps who cancelled first, and why', async () => {
  const migration = await given({ status: 'copying', paused: true });
  const { migrationId } = migration;
  await ports.workflow.start(migrationId, 1);
  await cli('cancel', migrationId, '--reason', 'wrong district', '--by', 'ana');
  const first = (await now(migration)).record?.cancellation;
  expect(first).toEqual({ by: 'ana', reason: 'wrong district', endedPause: true });
  const second = await cli('cancel', migrationId, '--reason', 'to be sure', '--by', 'ben');
  expect(second).toMatchObject({ code: 0, stderr: '' });
  const { record, events } = await now(migration);
  expect(record?.cancellation).toEqual(first);
  expect(events.slice(1)).toMatchObject([
    { who: 'ana', reason: 'cancel requested, which ends the pause: wrong district' },
    { who: 'ben', reason: 'cancel requested: to be sure' },
  ]);
});

test('a second cancel ends a pause that began after the first', async () => {
  const migration = await given({ status: 'copying' });
  const { migrationId } = migration;
  await ports.workflow.start(migrationId, 1);
  await cli('cancel', migrationId, '--by', 'ana');
  await cli('pause', migrationId);
  expect((await cli('cancel', migrationId, '--by', 'ben')).stdout).toContain('the pause has ended');
  expect((await now(migration)).record).toMatchObject({
    paused: false,
    cancellation: { by: 'ana', endedPause: true },
  });
});

test('F12: pause of a rollback that has not made the source live yet is accepted', async () => {
  const migration = await given({ status: 'rollingBack', flippedAt });
  expect(await cli('pause', migration.migrationId)).toMatchObject({ code: 0 });
  expect((await now(migration)).record).toMatchObject({ status: 'rollingBack', paused: true });
});

const refused: [string, Partial<Migration>, RegExp][] = [
  ['pause', { status: 'copying', paused: true }, /already paused/],
  ['pause', { status: 'rollingBack' }, /being rolled back/],
  ['pause', { status: 'rollingBack', flippedAt, reverseFlippedAt: flippedAt }, /being rolled back/],
  ['resume', { status: 'copying' }, /not paused/],
  ['hold-cutover', { status: 'copying', cutoverHeld: true }, /already held/],
  ['hold-cutover', { status: 'holding' }, /has already flipped Next: rollback$/],
  ['hold-cutover', { status: 'rollingBack' }, /being rolled back/],
  ['cutover', { status: 'copying' }, /not held; it begins by itself Next: watch$/],
  ['cutover', { status: 'holding', cutoverHeld: true }, /has already flipped.*Next: status$/],
  ['cutover', { status: 'rollingBack', cutoverHeld: true }, /being rolled back.*Next: watch$/],
  ['retry', { status: 'completed' }, /the tenant lives on .*Nothing is left to retry Next: none$/],
  [
    'retry',
    { status: 'completed', dryRun: true },
    /is a dry run and has ended with its plan\. Nothing is left to retry Next: none$/,
  ],
  ['cancel', { status: 'holding' }, /has flipped.*Next: rollback$/],
  [
    'cancel',
    { status: 'rollingBack', flippedAt },
    /has flipped and is already being rolled back.*Next: retry$/,
  ],
  ['cancel', { status: 'cancelled' }, /has already ended \(cancelled\)/],
  ['rollback', { status: 'copying' }, /has not flipped.*Next: cancel$/],
  ['rollback', { status: 'cuttingOver' }, /is cutting over and has not flipped/],
  ['rollback', { status: 'rollingBack' }, /already being rolled back/],
  [
    'rollback',
    { status: 'cleaningUp' },
    /is cleaning up: the source is being removed.*in the other direction/,
  ],
  ['rollback', { status: 'completed' }, /the source is being removed or no longer exists/],
  ...(
    [
      { status: 'rolledBack' },
      { status: 'rolledBack', flippedAt, reverseFlippedAt: flippedAt },
      { status: 'cancelled' },
      { status: 'failed' },
      { status: 'completed', dryRun: true },
    ] as const
  ).map((change): [string, Partial<Migration>, RegExp] => [
    'rollback',
    change,
    /has already ended \([a-z ]+\): nothing is left to roll back Next: none$/,
  ]),
  ...['pause', 'resume', 'hold-cutover', 'cutover'].flatMap((name) =>
    STATUSES.filter((status) => ['completed', 'rolledBack', 'cancelled', 'failed'].includes(status)).map(
      (status): [string, Partial<Migration>, RegExp] => [name, { status }, /nothing to control/],
    ),
  ),
];

test.each(refused)(
  '%s of a migration that is %o is refused with the reason: exit 3, nothing is changed',
  async (name, change, says) => {
    const migration = await given(change);
    const before = await now(migration);
    const ran = await cli(name, migration.migrationId, '--json');
    expect(ran.code).toBe(3);
    const { error, next } = JSON.parse(ran.stdout);
    expect(error).toMatchObject({ name: 'NotSafe', code: 'NotSafe', facts: { status: migration.status } });
    expect(`${error.message} Next: ${next?.action ?? 'none'}`).toMatch(says);
    expect(error.message, 'no status as code').not.toMatch(/[a-z][A-Z]/);
    expect(ran.stderr.trim().split('\n')).toHaveLength(1);
    expect(await now(migration)).toEqual(before);
  },
);

test.each([
  { status: 'copying', says: /still running.*or cancel it$/ },
  { status: 'holding', says: /still running.*until the hold has ended, or roll it back$/ },
  { status: 'rollingBack', says: /still running.*wait until it has ended$/ },
] as const)(
  'retry of a running migration that is $status says what to do instead',
  async ({ status, says }) => {
    const { migrationId } = await given({ status });
    await ports.workflow.start(migrationId, 1);
    const { code, stderr } = await cli('retry', migrationId);
    expect(code).toBe(3);
    const [message, next] = stderr.trim().split('\n');
    expect(message).toMatch(says);
    expect(next).toBe(`Next: tierferry status ${migrationId} --watch`);
  },
);

const table = tableName('table');
test.each([
  { target: { tier: 'premium', placement: 'shared' }, next: '--to premium' },
  { target: { tier: 'premium', placement: 'dedicated' }, next: '--to premium --dedicated' },
  { target: { tier: 'basic', placement: 'shared' }, next: '--elsewhere' },
] as const)('retry of a cancelled migration names the request: $next', async ({ target, next }) => {
  const basic = 'basic' as TierName;
  const { migrationId } = await given({
    status: 'cancelled',
    tenantId: 'cedar-valley' as TenantId,
    source: { tier: basic, placement: 'shared', table },
    target: { ...target, tier: target.tier as TierName },
  });
  expect(await cli('retry', migrationId)).toMatchObject({
    code: 3,
    stderr: expect.stringContaining(`\nNext: tierferry migrate cedar-valley ${next}\n`),
  });
});

test.each(['0', '-5', '1.5', 'many', '', 'Infinity', '1e400'])(
  "a limit of '%s' exits with 2, and nothing is changed",
  async (limit) => {
    const migration = await given({ status: 'copying' });
    const { code, stderr } = await cli('limit', migration.migrationId, `--write-units=${limit}`);
    expect(code).toBe(2);
    expect(stderr).toMatch(/--write-units must be a whole number from 1, or none/);
    expect(await now(migration)).toMatchObject({ record: migration, events: [{ to: 'copying' }] });
  },
);

test.each(['pause', 'resume', 'hold-cutover', 'cutover', 'cancel', 'rollback', 'retry'])(
  '%s of a missing migration is exit 2',
  async (name) => {
    const { code, stderr } = await cli(name, 'mig-0');
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr:
        "tierferry: there is no migration and no tenant 'mig-0'; 'tierferry tenant list' lists the tenants\nNext: tierferry status\n",
    });
  },
);

test('a command without an author is recorded under the user of this machine and the default reason', async () => {
  const { migrationId } = await given({ status: 'copying' });
  await cli('pause', migrationId);
  expect((await ports.migrations.events(migrationId)).slice(1)).toMatchObject([
    { who: expect.stringMatching(/./), reason: 'paused: by hand' },
  ]);
});

test.each([
  { options: ['--read-units', '500'], limit: 500 },
  { options: ['--read-units', 'none'], limit: undefined },
  { options: [], limit: undefined },
])('a migration requested with $options has a read limit of $limit units per second', async (given) => {
  await addTenant(ports, { tenantId: 'north', items: 20 });
  const ran = await cli('migrate', 'north', '--to', 'advanced', ...given.options, '--json');
  expect(ran).toMatchObject({ code: 0, stderr: '' });
  const { migration } = z
    .object({ migration: z.object({ migrationId: z.string(), readUnitsPerSecond: z.number().optional() }) })
    .parse(JSON.parse(ran.stdout));
  expect(migration.readUnitsPerSecond).toBe(given.limit);
  const record = await ports.migrations.get(migration.migrationId as MigrationId);
  expect(record).toMatchObject({ status: 'queued' });
  expect(record?.readUnitsPerSecond).toBe(given.limit);
});

test('a plan is made under the limits that are given', async () => {
  await addTenant(ports, { tenantId: 'north', items: 20 });
  ports.workflow.start = async (id) => {
    const migration = await ports.migrations.get(id);
    const end = { who: 'workflow', reason: 'planned', at: ports.clock.now() };
    if (!migration) return;
    await ports.migrations.savePlan(id, aPlan(migration));
    const planning = await ports.migrations.transition(migration, 'planning', end);
    await ports.migrations.transition(planning, 'completed', end);
  };
  const limits = ['--write-units', '200', '--read-units', '500'];
  expect(await cli('plan', 'north', '--to', 'advanced', ...limits)).toMatchObject({ code: 0 });
  expect(await ports.migrations.latest('north' as TenantId)).toBeUndefined();
  const planned: Migration[] = [];
  for await (const migration of ports.migrations.list({})) planned.push(migration);
  expect(planned).toMatchObject([{ dryRun: true, writeUnitsPerSecond: 200, readUnitsPerSecond: 500 }]);
  expect(await cli('plan', 'north', '--to', 'advanced', '--write-units', '0')).toMatchObject({ code: 2 });
});

test.each(['0', '-5', '1.5', 'many'])('a migration with %s read units is refused', async (units) => {
  await addTenant(ports, { tenantId: 'north', items: 20 });
  const ran = await cli('migrate', 'north', '--to', 'advanced', `--read-units=${units}`);
  expect(ran).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--read-units must be a whole number from 1'),
  });
  expect(await ports.migrations.latest('north' as TenantId)).toBeUndefined();
});
