import { beforeEach, expect, test } from 'vitest';
import { type TenantId, type TierName, tableName } from '../../functions/migration/names.ts';
import type { Tenant } from '../../functions/migration/registry/tenant.ts';
import { parseSettings } from '../../functions/migration/settings/settings.ts';
import { type FakePorts, fakePorts } from '../support/fake-ports.ts';
import { aRoute, aTable, aTenant } from '../support/records.ts';
import { collect } from '../support/tenants.ts';
import { runInProcess } from './run-in-process.ts';

const LIVE = tableName('live');

let ports: FakePorts;
beforeEach(async () => {
  ports = fakePorts();
  await ports.tables.create(LIVE, ports.settings.tableDesign);
  await ports.registry.addTable(aTable({ table: LIVE, freeSlots: 100 }));
});

const given = async (id: string, tier: string, schoolCount: number, more: Partial<Tenant> = {}) => {
  const tenantId = id as TenantId;
  const location = { table: LIVE, placement: 'shared' } as const;
  const tenant = aTenant({ tenantId, tier: tier as TierName, schoolCount, ...location, ...more });
  await ports.registry.addTenant(tenant, aRoute({ tenantId, table: LIVE }));
};
const cli = (...args: string[]) => runInProcess(ports, args);
const requested = () => collect(ports.migrations.list({}));

test('a dry run shows the tenants that would move or need manual action, and changes nothing', async () => {
  await given('at-limit', 'basic', 10);
  await given('grown', 'basic', 11);
  await given('leaps', 'basic', 75);
  await given('picky', 'premium', 5, { wantsDedicated: true });
  await given('pinned', 'basic', 75, { pinnedTier: 'advanced' as TierName });
  const before = await collect(ports.registry.tenants());
  const { code, stdout } = await cli('sweep', '--dry-run');
  expect(code).toBe(0);
  expect(stdout.split('\n').map((line) => line.trim().replaceAll(/ {2,}/g, ' | '))).toEqual([
    'Would move:',
    '',
    'tenant | from | to | reason',
    expect.stringMatching(/^-[- |]*$/),
    'grown | basic | advanced | 11 schools; the limit of tier basic is 10',
    'leaps | basic | premium | 75 schools; the limit of tier basic is 10',
    'picky | premium | premium, in a table of its own | a dedicated table is requested',
    '',
    'Needs manual action:',
    '',
    'pinned | 75 schools; the limit of tier basic is 10, but it is pinned to tier advanced',
    '',
  ]);
  expect(await requested()).toEqual([]);
  expect(await collect(ports.registry.tenants())).toEqual(before);
});

test('a sweep reports that no tenant needs to move', async () => {
  await given('small', 'basic', 1);
  for (const options of [[], ['--dry-run'], ['--count']])
    expect(await cli('sweep', ...options)).toMatchObject({
      code: 0,
      stdout: 'No tenant needs to move: no tier is outgrown, no table is over its tenant limit.\n',
    });
});

test('a tenant that cannot be moved is listed with the reason, and the exit code is 1', async () => {
  await given('grown', 'basic', 11);
  ports.routes.records.delete('grown' as TenantId);
  const { code, stdout } = await cli('sweep', '--json');
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toEqual({
    ...{ schemaVersion: 1, kind: 'swept', next: null },
    swept: {
      requested: [],
      moved: [],
      stays: [
        {
          tenantId: 'grown',
          reason: 'tenant grown has no route; repair it first',
          next: { action: 'doctor' },
        },
      ],
      needPerson: [],
    },
  });
});

test('a sweep requests each move once, repeats failed ones, and leaves cancelled ones alone', async () => {
  await given('grown', 'basic', 11);
  const sweep = async () => JSON.parse((await cli('sweep', '--json')).stdout).swept;
  const first = await sweep();
  expect(first.requested).toHaveLength(1);
  expect(await sweep()).toEqual(first);
  const migration = (await requested())[0];
  if (!migration) throw new Error('nothing was requested');
  const event = { who: 'test', reason: 'test', at: ports.clock.now() };
  const rollingBack = await ports.migrations.transition(migration, 'rollingBack', event);
  await ports.migrations.transition(rollingBack, 'failed', event);
  const second = await sweep();
  expect(second.requested).not.toEqual(first.requested);
  expect(await requested()).toHaveLength(2);
  const repeated = (await requested()).find(({ status }) => status === 'queued');
  if (!repeated) throw new Error('nothing was requested again');
  await ports.migrations.transition(repeated, 'cancelled', event, {
    cancellation: { by: 'ops', reason: 'no' },
  });
  expect(await sweep()).toMatchObject({
    requested: [],
    stays: [
      {
        tenantId: 'grown',
        reason: `${repeated.migrationId} was cancelled by ops; request a new move`,
        next: { action: 'migrate', tenantId: 'grown', tier: 'advanced', dedicated: false },
      },
    ],
  });
  expect(await requested()).toHaveLength(2);
});

test('a sweep says of a tenant that was rolled back in its hold who rolled it back', async () => {
  await given('grown', 'basic', 11);
  await cli('sweep');
  const [migration] = await requested();
  if (!migration) throw new Error('nothing was requested');
  const event = { who: 'test', reason: 'test', at: ports.clock.now() };
  const rollingBack = await ports.migrations.transition(migration, 'rollingBack', event, {
    flippedAt: ports.clock.now(),
    reverseFlippedAt: ports.clock.now(),
    cancellation: { by: 'ops', reason: 'reports are slow' },
  });
  await ports.migrations.transition(rollingBack, 'rolledBack', event);
  expect(JSON.parse((await cli('sweep', '--json')).stdout).swept.stays).toMatchObject([
    {
      tenantId: 'grown',
      reason: `${migration.migrationId} was rolled back by ops; retry it, or request a new move`,
    },
  ]);
});

test('tenants above the limit of a shared table move to another, those with the fewest schools first', async () => {
  const settings = { tiers: [{ name: 'basic', placement: 'shared', maxSchools: 10, maxTenants: 2 }] };
  ports = { ...ports, settings: parseSettings(settings) };
  await given('large', 'basic', 9);
  await given('small', 'basic', 1);
  await given('middle', 'basic', 5);
  await given('stays', 'basic', 0, { autoMigrate: 'off' });
  const { stdout } = await cli('sweep', '--dry-run');
  const reason = 'live has 4 tenants; the limit of tier basic is 2 per table';
  expect(stdout.split('\n').map((line) => line.trim().replaceAll(/ {2,}/g, ' | '))).toEqual(
    expect.arrayContaining([
      `small | basic | another table | ${reason}`,
      `middle | basic | another table | ${reason}`,
    ]),
  );
  expect(stdout).not.toMatch(/large|stays/);
  expect((await ports.registry.table(LIVE))?.freeSlots).toBe(96);
});

test('an interrupted sweep shows the command that continues it', async () => {
  for (const id of ['a', 'b', 'c', 'd']) await given(id, 'basic', 11);
  const create = ports.migrations.create.bind(ports.migrations);
  let asked = 0;
  ports.migrations.create = async (...of) => {
    asked += 1;
    if (asked === 2) process.emit('SIGINT');
    return create(...of);
  };
  const stopped = await cli('sweep');
  expect(stopped.code).toBe(130);
  expect(stopped.stderr).toContain('Request the rest: tierferry sweep --after a');
  expect(await requested()).toHaveLength(2);
  expect((await cli('sweep', '--after', 'a')).code).toBe(0);
  expect((await requested()).map(({ tenantId }) => tenantId).sort()).toEqual(['a', 'b', 'c', 'd']);
});

test.each([{ options: [] }, { options: ['--dry-run'] }])(
  'a sweep after an unknown tenant is refused, with options $options',
  async ({ options }) => {
    await given('grown', 'basic', 11);
    expect(await cli('sweep', '--after', 'unknown-district', ...options)).toEqual({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('there is no tenant unknown-district'),
    });
    expect(await requested()).toEqual([]);
  },
);
