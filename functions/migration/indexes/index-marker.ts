import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { ownIndexValue } from '../items/index-values.ts';
import type { Item } from '../items/items.ts';
import { DEFAULT_LAYOUT, type KeyLayout } from '../items/key-layout.ts';
import { lastSentinelKey, sentinelItem } from '../items/sentinel.ts';
import type { EntityKey, TenantId } from '../names.ts';
import type { IndexPosition } from '../partition/partition-port.ts';
import { type KeyAttribute, keyAttributes, type TableIndex } from '../settings/settings.ts';

/** Value of the marker's numeric index keys. Its fraction makes it implausible as an application's number. */
const MARKER_NUMBER = '9007199254740991.4826159';

/** An item that is put into the target to measure how far its indexes lag. */
export interface IndexMarker {
  /** Never used again, so that no late call replaces or deletes another marker. */
  readonly key: EntityKey;
  /** A sentinel, so that no pass copies, counts or compares it. */
  readonly item: Item;
  /** The marker's place in each index, by the index's name. Leaves out indexes whose keys no marker fits. */
  readonly places: ReadonlyMap<string, IndexPosition>;
}

/**
 * Returns a marker that appears in the target's indexes under partition key values that no query of the application names.
 * It has no place in an index whose partition key is not a string, or is the table's sort key, since no such value begins
 * with the tenant's id (I4). It leaves out these indexes' partition keys, so that it does not appear among other tenants'
 * items there.
 */
export const indexMarker = (
  tenantId: TenantId,
  indexes: readonly TableIndex[],
  nonce: string,
  layout: KeyLayout = DEFAULT_LAYOUT,
): IndexMarker => {
  const { partitionKey: tenantKey, sortKey: tableSortKey } = layout.tableKeys;
  const isOwn = (index: TableIndex) => isOfOneTenant(index, layout);
  const shared = new Set(
    indexes.filter((index) => !isOwn(index)).map(({ partitionKey }) => partitionKey.name),
  );
  const fitting = indexes.filter(
    (index) =>
      isOwn(index) &&
      keyAttributes(index).every(({ name }) => name === tableSortKey.name || !shared.has(name)),
  );
  const markerKey = lastSentinelKey(`index-${nonce}`, layout);
  const { partition, sort: markerSort } = layout.placeOf(markerKey);
  const tenant = layout.partitionValue(tenantId, partition);
  const ownIn = (index: string) => ownIndexValue(tenantId, `tierferry-marker-${nonce}`, layout, index);
  const partitions = new Map(fitting.map(({ name, partitionKey }) => [partitionKey.name, name]));
  const keyValue = ({ name, type }: KeyAttribute): AttributeValue => {
    if (name === tenantKey.name) return { S: tenant };
    if (name === tableSortKey.name) return { S: markerSort };
    const index = partitions.get(name);
    if (index !== undefined) return { S: ownIn(index) };
    // sorts after all of the tenant's items if the index's partition key is the tenant's id
    if (type === 'S') return { S: markerSort };
    return type === 'N' ? { N: MARKER_NUMBER } : { B: Buffer.from(markerSort) };
  };
  // has a sentinel's attribute, by which deletions of sentinels, rollbacks and other readers of the stream recognize it
  const item = sentinelItem(tenantId, markerKey, layout);
  const places = new Map<string, IndexPosition>();
  for (const index of fitting) {
    for (const key of keyAttributes(index)) item[key.name] = keyValue(key);
    places.set(index.name, {
      value: keyValue(index.partitionKey).S ?? '',
      sort: index.sortKey && keyValue(index.sortKey),
    });
  }
  return { key: markerKey, item, places };
};

/** True if each value of the index's partition key can belong to a single tenant, and a query can select one item there. */
const isOfOneTenant = (
  { partitionKey: { name, type }, sortKey }: TableIndex,
  { tableKeys }: KeyLayout,
): boolean =>
  name === tableKeys.partitionKey.name
    ? sortKey !== undefined
    : name !== tableKeys.sortKey.name && type === 'S';
