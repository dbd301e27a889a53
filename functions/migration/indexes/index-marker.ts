import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { ownIndexValue } from '../items/index-values.ts';
import type { Item } from '../items/items.ts';
import { lastSentinelKey, sentinelItem } from '../items/sentinel.ts';
import type { EntityKey, TenantId } from '../names.ts';
import type { IndexPosition } from '../partition/partition-port.ts';
import { type KeyAttribute, keyAttributes, type TableIndex, TIER_TABLE_KEYS } from '../settings/settings.ts';

/** Value of the marker's numeric index keys. Its fraction makes it implausible as an application's number. */
const MARKER_NUMBER = '9007199254740991.4826159';

const { partitionKey: TENANT, sortKey: KEY } = TIER_TABLE_KEYS;

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
): IndexMarker => {
  const shared = new Set(
    indexes.filter((index) => !isOfOneTenant(index)).map(({ partitionKey }) => partitionKey.name),
  );
  const fitting = indexes.filter(
    (index) =>
      isOfOneTenant(index) &&
      keyAttributes(index).every(({ name }) => name === KEY.name || !shared.has(name)),
  );
  const markerKey = lastSentinelKey(`index-${nonce}`);
  const own = ownIndexValue(tenantId, `tierferry-marker-${nonce}`);
  const partitions = new Set(fitting.map(({ partitionKey }) => partitionKey.name));
  const keyValue = ({ name, type }: KeyAttribute): AttributeValue => {
    if (name === TENANT.name) return { S: tenantId };
    if (name === KEY.name) return { S: markerKey };
    if (partitions.has(name)) return { S: own };
    // sorts after all of the tenant's items if the index's partition key is the tenant's id
    if (type === 'S') return { S: markerKey };
    return type === 'N' ? { N: MARKER_NUMBER } : { B: Buffer.from(markerKey) };
  };
  // has a sentinel's attribute, by which deletions of sentinels, rollbacks and other readers of the stream recognize it
  const item = sentinelItem(tenantId, markerKey);
  const places = new Map<string, IndexPosition>();
  for (const index of fitting) {
    for (const key of keyAttributes(index)) item[key.name] = keyValue(key);
    places.set(index.name, {
      value: index.partitionKey.name === TENANT.name ? tenantId : own,
      sort: index.sortKey && keyValue(index.sortKey),
    });
  }
  return { key: markerKey, item, places };
};

/** True if each value of the index's partition key can belong to a single tenant, and a query can select one item there. */
const isOfOneTenant = ({ partitionKey: { name, type }, sortKey }: TableIndex): boolean =>
  name === TENANT.name ? sortKey !== undefined : name !== KEY.name && type === 'S';
