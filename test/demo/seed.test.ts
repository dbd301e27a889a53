import { describe, expect, test } from 'vitest';
import { layoutOf } from '../../functions/migration/items/key-layout.ts';
import { CHOSEN_SCHOOLS } from '../../scripts/demo/districts.ts';
import { seedDemo } from '../../scripts/demo/seed.ts';
import { type FakePorts, fakePorts } from '../support/fake-ports.ts';
import { collect, itemsOf } from '../support/tenants.ts';

const ITEMS = 300;
const seed = async (settings: unknown) => {
  const ports = fakePorts(settings);
  const { chosen } = await seedDemo({ ports }, { items: ITEMS });
  return { ports, chosen, items: await itemsOf(ports, chosen.tenantId, chosen.table) };
};

const OTHER_KEYS = {
  counted: { prefix: 'PROJECT/', label: 'project' },
  tableDesign: {
    keys: { partitionKey: 'PK', sortKey: 'SK', template: 'TENANT#{tenant}#{0..3}' },
    typeAttribute: 'type',
    indexes: [
      { name: 'byDate', partitionKey: { name: 'createdAt', type: 'N' } },
      { name: 'byAuthor', partitionKey: { name: 'createdBy', type: 'S' } },
    ],
    streamView: 'KEYS_ONLY',
    pointInTimeRecovery: true,
    deletionProtection: true,
  },
};

describe('with other keys in the settings', () => {
  test('the districts have these keys, and their items are spread over all partitions', async () => {
    const { ports, chosen, items } = await seed(OTHER_KEYS);
    expect(items).toHaveLength(ITEMS);
    const layout = layoutOf(ports.settings);
    expect(new Set(items.map((item) => layout.tenantOf(item)))).toEqual(new Set([chosen.tenantId]));
    expect(new Set(items.map((item) => item.PK?.S))).toEqual(
      new Set(layout.partitionValues(chosen.tenantId)),
    );
    expect(items.filter((item) => 'tenantId' in item || 'entityKey' in item)).toEqual([]);
  });

  test('what the settings count takes the place of schools', async () => {
    const { items } = await seed(OTHER_KEYS);
    const counted = items.filter((item) => item.type?.S === 'PROJECT');
    expect(counted).toHaveLength(CHOSEN_SCHOOLS);
    expect(counted.filter((item) => !/^PROJECT\/[^/#]+$/.test(item.SK?.S ?? ''))).toEqual([]);
    expect(items.filter((item) => item.SK?.S?.startsWith('SCHOOL'))).toEqual([]);
  });

  test('an attribute that cannot be the key of an index is left out', async () => {
    const { items } = await seed(OTHER_KEYS);
    expect(items.filter((item) => item.createdAt !== undefined)).toEqual([]);
    expect(items.filter((item) => item.createdBy?.S === undefined)).toEqual([]);
  });
});

test('with the default settings the items are the ones that are generated', async () => {
  const { items } = await seed({});
  expect(items).toHaveLength(ITEMS);
  expect(items.filter((item) => item.tenantId?.S !== 'cedar-valley' || !item.entityType?.S)).toEqual([]);
  expect(items.filter((item) => item.entityType?.S === 'SCHOOL')).toHaveLength(CHOSEN_SCHOOLS);
});

test('settings without a tier of the districts are refused before anything is registered', async () => {
  const ports: FakePorts = fakePorts({ tiers: [{ name: 'basic', placement: 'shared', maxTenants: 100 }] });
  await expect(seedDemo({ ports })).rejects.toThrow(
    /there is no tier 'advanced'.*without the demo districts, and register tenants of your own/,
  );
  expect(await collect(ports.registry.tenants())).toEqual([]);
});
