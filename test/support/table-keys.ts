import type { Item } from '../../functions/migration/items/items.ts';
import { layoutOf } from '../../functions/migration/items/key-layout.ts';
import type { EntityKey } from '../../functions/migration/names.ts';
import {
  parseSettings,
  type Settings,
  type TableDesign,
} from '../../functions/migration/settings/settings.ts';

/** Keys of another application, with 16 partitions per tenant. */
const SEVERAL = { partitionKey: 'PK', sortKey: 'SK', template: 'TENANT#{tenant}#{0..15}' };

/**
 * Returns the design with the keys that a campaign or histories run with: the default ones, or, with
 * `TABLE_KEYS=several`, others and several partitions per tenant.
 */
export const withTableKeys = (design: TableDesign = parseSettings({}).tableDesign): TableDesign => {
  if (process.env.TABLE_KEYS !== 'several') return design;
  const renamed = (key: TableDesign['indexes'][number]['partitionKey']) =>
    key.name === 'entityKey' ? { ...key, name: SEVERAL.sortKey } : key;
  return {
    ...design,
    keys: SEVERAL,
    indexes: design.indexes.map(({ partitionKey, sortKey, ...index }) => ({
      ...index,
      partitionKey: renamed(partitionKey),
      sortKey: sortKey && renamed(sortKey),
    })),
  };
};

/** The layout of those keys. */
export const TABLE_LAYOUT = layoutOf({ tableDesign: withTableKeys() });

/** Returns the key of a tenant's item. A tenant of several partitions has each sort key in one of them. */
export const placedKey = (
  tenantId: string,
  sort: string,
  settings: Pick<Settings, 'tableDesign'> = { tableDesign: withTableKeys() },
): Item => {
  const layout = layoutOf(settings);
  const sum = [...Buffer.from(sort)].reduce((total, byte) => total + byte, 0);
  const tenant = tenantId as Parameters<typeof layout.wireKey>[0];
  return layout.wireKey(tenant, layout.keyAt(sum % layout.partitions, sort));
};

/** Returns the entity key of such an item. */
export const placedEntityKey = (sort: string): EntityKey => TABLE_LAYOUT.keyOf(placedKey('tenant', sort));

/** Returns the sort key of an item with those keys. */
export const sortOf = (item: Item): string => item[TABLE_LAYOUT.tableKeys.sortKey.name]?.S ?? '';
