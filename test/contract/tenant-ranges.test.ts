import { expect, test } from 'vitest';
import type { TableName, TenantId, TierName } from '../../functions/migration/names.ts';
import type { Ports } from '../../functions/migration/ports.ts';
import {
  listTenants,
  type TenantCursor,
  type TenantQuery,
} from '../../functions/migration/registry/list-tenants.ts';
import type { Tenant } from '../../functions/migration/registry/tenant.ts';
import type { TenantPosition, TenantRange } from '../../functions/migration/registry/tenant-range.ts';
import { parseSettings } from '../../functions/migration/settings/settings.ts';
import { aRoute, aTable, aTenant } from '../support/records.ts';
import { inBothWorlds } from '../support/worlds.ts';

/** Read units that a page of 50 rows may cost. */
const MAX_UNITS = 25;

let tiers = 0;

inBothWorlds('tenants by index', (ports) => {
  /** Tenants with 0, 1, 2 ... schools in tiers of their own, with names unlike their ids, each tier in one table. */
  const populated = async (names: readonly string[], each: number) => {
    tiers += 1;
    const all: Tenant[] = [];
    const settings = parseSettings({
      tiers: names.map((name) => ({
        name: `${name}${tiers}`,
        placement: 'shared',
        maxSchools: 100,
        maxTenants: each,
      })),
    });
    for (const tier of settings.tiers) {
      const { table } = aTable({ tier: tier.name, freeSlots: each });
      await ports().registry.addTable(aTable({ table, tier: tier.name, freeSlots: each }));
      for (let n = 0; n < each; n += 1) {
        const tenantId = `t-${tier.name}-${String((n * 7) % each).padStart(4, '0')}` as TenantId;
        const name = `${n % 2 === 0 ? 'Oak' : 'elm'} district ${n}`;
        const tenant = aTenant({ tenantId, name, tier: tier.name, table, schoolCount: n });
        await ports().registry.addTenant(tenant, aRoute({ tenantId, table }));
        all.push(tenant);
      }
    }
    return { all, settings, world: (): Ports => ({ ...ports(), settings }) };
  };

  const readAll = async (range: TenantRange, limit: number) => {
    const tenants: Tenant[] = [];
    let after: TenantPosition | undefined;
    do {
      const page = await ports().registry.tenantsIn(range, { limit, ...(after ? { after } : {}) });
      expect(page.tenants.length).toBeLessThanOrEqual(limit);
      tenants.push(...page.tenants);
      after = page.last;
    } while (after);
    return tenants;
  };

  test('a tier and a table return their tenants in each order, page by page, and no record of a table', async () => {
    const { all } = await populated(['low'], 9);
    const [{ tier, table }] = all as [Tenant];
    const ids = (tenants: readonly Tenant[]) => tenants.map(({ tenantId }) => tenantId);
    const byId = ids(all).sort();
    const bySchools = ids(all.toSorted((a, b) => b.schoolCount - a.schoolCount));
    for (const [by, value] of [
      ['tier', tier],
      ['table', table],
    ] as const) {
      expect(ids(await readAll({ by, value, order: 'id' }, 4))).toEqual(byId);
      expect(ids(await readAll({ by, value, order: 'schools' }, 4))).toEqual(bySchools);
    }
    const names = (await readAll({ by: 'tier', value: tier, order: 'name' }, 4)).map(({ name }) => name);
    expect(names).toEqual(
      all.map(({ name }) => name).sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1)),
    );
  });

  test('a range ends at its prefix and its minimum of schools', async () => {
    const { all } = await populated(['low'], 9);
    const [{ tier }] = all as [Tenant];
    const prefix = `t-${tier}-0003`;
    expect((await readAll({ by: 'tier', value: tier, order: 'id', prefix }, 4)).length).toBe(1);
    const elms = await readAll({ by: 'tier', value: tier, order: 'name', prefix: 'elm' }, 2);
    expect(elms.map(({ schoolCount }) => schoolCount)).toEqual([1, 3, 5, 7]);
    const many = await readAll({ by: 'tier', value: tier, order: 'schools', atLeast: 6 }, 2);
    expect(many.map(({ schoolCount }) => schoolCount)).toEqual([8, 7, 6]);
  });

  test('a tenant that is counted again moves in the order by schools', async () => {
    const { all } = await populated(['low'], 3);
    const [first] = all as [Tenant];
    const at = first.schoolCountedAt;
    await ports().registry.setSchoolCount(first.tenantId, { schools: 50, at });
    const order = await readAll({ by: 'tier', value: first.tier, order: 'schools' }, 10);
    expect(order.map(({ schoolCount }) => schoolCount)).toEqual([50, 2, 1]);
  });

  test('the tables of a tier are read by name, page by page, and no tenant with them', async () => {
    const { all } = await populated(['low'], 2);
    const [{ tier, table }] = all as [Tenant];
    const more = [aTable({ tier }), aTable({ tier })];
    for (const one of more) await ports().registry.addTable(one);
    const found: string[] = [];
    let after: TableName | undefined;
    do {
      const page = await ports().registry.tablesIn(tier, { limit: 2, ...(after ? { after } : {}) });
      found.push(...page.tables.map((one) => one.table));
      after = page.last;
    } while (after);
    expect(found).toEqual([table, ...more.map((one) => one.table)].sort());
  });

  const pages = async (world: Ports, query: TenantQuery, limit: number) => {
    const found: Tenant[] = [];
    const units: number[] = [];
    let place: TenantCursor | undefined;
    do {
      const page = await listTenants(world, query, { limit, place });
      found.push(...page.tenants);
      units.push(page.units);
      place = page.place;
    } while (place);
    return { found, units };
  };

  const QUERIES: readonly (readonly [TenantQuery, (tenant: Tenant) => boolean])[] = [
    [{}, () => true],
    [{ sort: 'name' }, () => true],
    [{ sort: 'share' }, () => true],
    [{ near: 0.3 }, ({ schoolCount }) => schoolCount >= 30],
    [{ search: 'ELM' }, ({ name }) => name.startsWith('elm')],
    [{ search: 't-' }, () => true],
  ];

  test('a page of 50 tenants costs at most 25 read units, and all pages return each tenant once', async () => {
    const { all, world } = await populated(['low', 'mid', 'top'], 60);
    for (const [query, isWanted] of QUERIES) {
      const { found, units } = await pages(world(), query, 50);
      const wanted = all.filter(isWanted).map(({ tenantId }) => tenantId);
      expect(found.map(({ tenantId }) => tenantId).sort(), JSON.stringify(query)).toEqual(wanted.sort());
      expect(Math.max(...units), JSON.stringify(query)).toBeLessThanOrEqual(MAX_UNITS);
      expect(Math.min(...units), 'the cost was measured').toBeGreaterThan(0);
    }
  });

  test('a filter within a tier or a table excludes the others', async () => {
    const { all, settings, world } = await populated(['low', 'mid'], 12);
    const tier = settings.tiers[1]?.name as TierName;
    const inTier = all.filter((tenant) => tenant.tier === tier);
    const table = inTier[0]?.table as string;
    for (const query of [{ tier }, { table }, { table, sort: 'share' }, { tier, table }] as const) {
      const { found } = await pages(world(), query, 5);
      expect(found.map(({ tenantId }) => tenantId).sort()).toEqual(inTier.map((one) => one.tenantId).sort());
    }
    expect((await pages(world(), { tier: settings.tiers[0]?.name, table }, 5)).found).toEqual([]);
  });
});
