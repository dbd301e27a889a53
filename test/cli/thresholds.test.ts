import { beforeEach, expect, test } from 'vitest';
import type { NearTenant } from '../../functions/migration/growth/tenants-near-limit.ts';
import { entityKey, type TenantId, type TierName, tableName } from '../../functions/migration/names.ts';
import type { Tenant } from '../../functions/migration/registry/tenant.ts';
import type { Tier } from '../../functions/migration/settings/settings.ts';
import { renderThresholds } from '../../scripts/cli/render/render-thresholds.ts';
import { type FakePorts, fakePorts } from '../support/fake-ports.ts';
import { aRoute, aTable, aTenant } from '../support/records.ts';
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

test('the catalogue is shown, and the tenants near a limit or over it, nearest first', async () => {
  await given('half', 'basic', 5);
  await given('near', 'basic', 8);
  await given('over', 'basic', 75);
  await given('kept', 'advanced', 60, { autoMigrate: 'off' });
  const { code, stdout } = await cli('thresholds');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^ {2}premium +shared, dedicated on request +100 +20$/m);
  expect(stdout).toMatch(/^ {2}enterprise +dedicated +no limit +1$/m);
  const shown = stdout.split('\n').flatMap((line) => /^ {2}(half|near|over|kept) .*$/.exec(line)?.[0] ?? []);
  expect(shown.map((line) => line.trim().replaceAll(/ {2,}/g, ' | '))).toEqual([
    'over | basic | 75 (750 %) | should move to premium',
    'kept | advanced | 60 (120 %) | needs manual action: 60 schools; the limit of tier advanced is 50, but automatic migration is off',
    'near | basic | 8 (80 %)',
  ]);
});

test('the last column is broken into lines in a narrow terminal', () => {
  const tier = { ...fakePorts().settings.tiers[0], name: 'basic' as TierName } as Tier;
  const tenant = aTenant({ tenantId: 'cedar-valley' as TenantId, tier: tier.name, schoolCount: 15 });
  const reason = '15 schools; the limit of tier basic is 10, but automatic migration is off';
  const near: NearTenant = { tenant, share: 1.5, decision: { kind: 'manualAction', reason } };
  const lines = renderThresholds([tier], [near], 80);
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
  const start = lines.findIndex((line) => line.includes('cedar-valley'));
  const text = lines.slice(start).map((line) => line.slice(lines[start]?.indexOf('needs')));
  expect(text.join(' ')).toBe(`needs manual action: ${reason}`);
  expect(renderThresholds([tier], [near]).at(-1)).toMatch(/150 %\) {2}needs manual action: .* is off$/);
});

test('it is reported if no tenant is near its limit, and --near sets how near', async () => {
  await given('half', 'basic', 5);
  expect((await cli('thresholds')).stdout).toMatch(/^No tenant is near its limit\.$/m);
  expect((await cli('thresholds', '--near', '50')).stdout).toMatch(/^ {2}half +basic +5 \(50 %\)$/m);
  expect(await cli('thresholds', '--near', 'all')).toMatchObject({ code: 2, stdout: '' });
});

test('with --count, schools are counted in the tables', async () => {
  await given('grown', 'basic', 1);
  const tenantId = 'grown' as TenantId;
  const puts = Array.from({ length: 12 }, (_, n) => [`SCHOOL#${n}`, `SCHOOL#${n}#COURSE#1`])
    .flat()
    .map((key) => ({ tenantId: { S: tenantId }, entityKey: { S: entityKey(key) } }));
  await ports.partition(tenantId).write(LIVE, { puts, deletes: [] });
  expect(JSON.parse((await cli('thresholds', '--json')).stdout)).toMatchObject({ tenants: [] });
  const { stdout } = await cli('thresholds', '--count', '--json');
  expect(JSON.parse(stdout).tenants).toMatchObject([
    { tenant: { tenantId, schoolCount: 12 }, decision: { kind: 'move', tier: 'advanced' } },
  ]);
  expect((await ports.registry.tenant(tenantId))?.schoolCount).toBe(1);
});

test("a tenant's preferences for automatic moves are set, shown and reset", async () => {
  await given('picky', 'basic', 5);
  const registered = await ports.registry.tenant('picky' as TenantId);
  const set = (...options: string[]) => cli('tenant', 'set', 'picky', ...options, '--by', 'ana');
  expect((await set('--pin', 'advanced', '--dedicated', 'on')).stdout).toBe(
    'tenant picky: moved automatically to advanced only; to a table of its own if the tier allows it\n',
  );
  expect((await set('--auto-migrate', 'off')).stdout).toContain('not moved automatically');
  expect((await cli('tenant', 'show', 'picky')).stdout).toMatch(
    /^ {2}growth +not moved automatically; to a table of its own if the tier allows it$/m,
  );
  const { code, stdout } = await set('--auto-migrate', 'on', '--pin', 'none', '--dedicated', 'off', '--json');
  expect(code).toBe(0);
  const { autoMigrate: _, pinnedTier: __, wantsDedicated: ___, ...plain } = registered ?? {};
  const iso = (at?: number) => new Date(at ?? 0).toISOString();
  expect(JSON.parse(stdout).tenant).toEqual({
    ...plain,
    schoolCountedAt: iso(registered?.schoolCountedAt),
    createdAt: iso(registered?.createdAt),
    updatedAt: iso(ports.clock.now()),
    updatedBy: 'ana',
  });
});

test.each([
  { asks: 'nothing', args: ['picky'], says: /nothing to set/ },
  { asks: 'a pin to an unknown tier', args: ['picky', '--pin', 'gold'], says: /no tier 'gold'.*basic/ },
  {
    asks: 'a switch that is neither on nor off',
    args: ['picky', '--dedicated', 'maybe'],
    says: /on or off, not 'maybe'/,
  },
  { asks: 'preferences of an unknown tenant', args: ['unknown', '--pin', 'none'], says: /no tenant unknown/ },
])('setting $asks is refused and changes nothing', async ({ args, says }) => {
  await given('picky', 'basic', 5, { pinnedTier: 'premium' as TierName });
  const before = await ports.registry.tenant('picky' as TenantId);
  const { code, stdout, stderr } = await cli('tenant', 'set', ...args, '--by', 'ana');
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(says);
  expect(await ports.registry.tenant('picky' as TenantId)).toEqual(before);
});
