import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Item } from '../../functions/migration/items/items.ts';
import { layoutOf } from '../../functions/migration/items/key-layout.ts';
import type { TenantId } from '../../functions/migration/names.ts';
import { countedItems } from '../../functions/migration/settings/counted-items.ts';
import type { Settings } from '../../functions/migration/settings/settings.ts';

const SCHOOL = 'SCHOOL';
/** Beginning of the sort keys of schools, and of what belongs to a school. */
const SCHOOL_PREFIX = `${SCHOOL}#`;

/**
 * Returns a district's items with the keys and the type attribute of the settings' tier tables. Schools get the sort keys of the
 * items that the settings count. The items are spread over the tenant's partitions in turn. An attribute that is the key of an
 * index, but has another type than the key, is left out: DynamoDB would refuse the item.
 */
export function* tierItems(
  settings: Pick<Settings, 'tableDesign' | 'counted'>,
  tenantId: TenantId,
  items: Iterable<Item>,
): Generator<Item> {
  const layout = layoutOf(settings);
  const counted = countedItems(settings);
  const typeAttribute = settings.tableDesign.typeAttribute ?? 'entityType';
  const keyTypes = new Map(
    settings.tableDesign.indexes.flatMap(({ partitionKey, sortKey }) =>
      [partitionKey, ...(sortKey ? [sortKey] : [])].map(({ name, type }) => [name, type] as const),
    ),
  );
  const fits = ([name, value]: [string, AttributeValue]) => {
    const type = keyTypes.get(name);
    return type === undefined || type in value;
  };
  let n = 0;
  for (const { tenantId: _, entityKey, entityType, ...attributes } of items) {
    const key = entityKey?.S ?? '';
    const sort = key.startsWith(SCHOOL_PREFIX) ? `${counted.prefix}${key.slice(SCHOOL_PREFIX.length)}` : key;
    const type = entityType?.S === SCHOOL ? counted.entityType : (entityType?.S ?? '');
    yield {
      ...Object.fromEntries(Object.entries(attributes).filter(fits)),
      [typeAttribute]: { S: type },
      ...layout.wireKey(tenantId, layout.keyAt(n % layout.partitions, sort)),
    };
    n += 1;
  }
}
