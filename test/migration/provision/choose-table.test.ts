import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type TenantId, type TierName, tableName } from '../../../functions/migration/names.ts';
import { chooseTable } from '../../../functions/migration/provision/choose-table.ts';
import type { TierTable } from '../../../functions/migration/registry/tier-table.ts';
import { parseSettings, tierOf } from '../../../functions/migration/settings/settings.ts';

const settings = parseSettings({});
const tenantId = 'tenant-1' as TenantId;
const tier = (name: string) => {
  const found = tierOf(settings, name);
  if (!found) throw new Error(`no tier ${name}`);
  return found;
};
const shared = (name: string, freeSlots: number, more: Partial<TierTable> = {}): TierTable => ({
  table: tableName(name),
  tier: 'advanced' as TierName,
  placement: 'shared',
  freeSlots,
  tenants: 50 - freeSlots,
  reserved: 0,
  departing: 0,
  state: 'active',
  ...more,
});
const registered = (...tables: readonly TierTable[]) => ({ tables, damaged: [] });
const choose = (tables: TierTable[], leaves?: string, damaged: readonly string[] = []) =>
  chooseTable(
    settings,
    {
      tenantId,
      tier: tier('advanced'),
      placement: 'shared',
      ...(leaves ? { leaves: tableName(leaves) } : {}),
    },
    { tables, damaged: damaged.map(tableName) },
  ).table;

describe('the table that a tenant moves to', () => {
  test('is the one with the fewest free slots', () => {
    expect(choose([shared('a', 30), shared('b', 2), shared('c', 2), shared('d', 0)])).toBe('b');
  });

  test('is not retired or dropped, of another tier, the one it leaves, or another tenant’s own', () => {
    expect(
      choose(
        [
          shared('a', 1, { state: 'retiring' }),
          shared('b', 1, { state: 'dropping' }),
          shared('c', 1, { tier: 'basic' as TierName }),
          shared('d', 1),
          shared('e', 1, { placement: 'dedicated' }),
          shared('f', 9),
        ],
        'd',
      ),
    ).toBe('f');
  });

  test('is the next one of the tier if all are full', () => {
    expect(choose([])).toBe('saas-tenant-data-advanced');
    expect(choose([shared('saas-tenant-data-advanced', 0)])).toBe('saas-tenant-data-advanced.2');
    expect(choose([shared('saas-tenant-data-advanced', 0), shared('saas-tenant-data-advanced.3', 0)])).toBe(
      'saas-tenant-data-advanced.2',
    );
  });

  test('is never one with a damaged record, and a new one gets another name', () => {
    const full = shared('saas-tenant-data-advanced', 0);
    expect(choose([full], undefined, ['saas-tenant-data-advanced.2'])).toBe('saas-tenant-data-advanced.3');
    const own = tableName('saas-tenant-data-enterprise-tenant-1');
    const wish = { tenantId, tier: tier('enterprise'), placement: 'dedicated' } as const;
    const { table } = chooseTable(settings, wish, { tables: [], damaged: [own] });
    expect(table).toBe(`${own}.2`);
  });

  test('is its own if it is dedicated', () => {
    expect(
      chooseTable(settings, { tenantId, tier: tier('enterprise'), placement: 'dedicated' }, registered()),
    ).toEqual({
      table: 'saas-tenant-data-enterprise-tenant-1',
      isRegistered: false,
    });
  });

  test('has a new name if its own table was dropped before, so that a late deletion finds nothing', () => {
    const own = 'saas-tenant-data-enterprise-tenant-1';
    const wish = { tenantId, tier: tier('enterprise'), placement: 'dedicated' } as const;
    const dropped = shared(own, 1, { placement: 'dedicated', state: 'dropped' });
    const dropping = shared(`${own}.2`, 1, { placement: 'dedicated', state: 'dropping' });
    expect(chooseTable(settings, wish, registered(dropped))).toEqual({
      table: `${own}.2`,
      isRegistered: false,
    });
    expect(chooseTable(settings, wish, registered(dropped, dropping)).table).toBe(`${own}.3`);
  });

  test('always has a free slot or is new', () => {
    const table = fc.record({
      table: fc.nat(30).map((n) => tableName(`saas-tenant-data-advanced${n > 0 ? `.${n + 1}` : ''}`)),
      freeSlots: fc.nat(3),
      state: fc.constantFrom<TierTable['state'][]>('active', 'retiring', 'dropping', 'dropped'),
    });
    fc.assert(
      fc.property(fc.uniqueArray(table, { selector: (one) => one.table }), (tables) => {
        const all = tables.map(({ table, freeSlots, state }) => shared(table, freeSlots, { state }));
        const { table: chosen, isRegistered } = chooseTable(
          settings,
          { tenantId, tier: tier('advanced'), placement: 'shared' },
          registered(...all),
        );
        const found = all.find((one) => one.table === chosen);
        expect(isRegistered).toBe(found !== undefined);
        if (found) expect([found.state, found.freeSlots > 0]).toEqual(['active', true]);
        else expect(all.filter((one) => one.state === 'active' && one.freeSlots > 0)).toEqual([]);
      }),
    );
  });
});
