import * as z from 'zod';
import { type TableName, type TenantId, type TierName, tableName } from '../migration/names.ts';
import { named } from '../migration/record-fields.ts';
import type { Tenant } from '../migration/registry/tenant.ts';
import type { TenantPosition, TenantRange } from '../migration/registry/tenant-range.ts';
import type { Tenants } from '../migration/registry/tenants-port.ts';
import type { TierTable } from '../migration/registry/tier-table.ts';
import type { TierTables } from '../migration/registry/tier-tables-port.ts';
import { TENANT_INDEXES } from './control-tables.ts';
import type { Records } from './records.ts';

const TENANT = 'TENANT#';
const TABLE = 'TABLE#';

/** Key of the last record of a page. Its fields depend on the index. */
const LastKey = z.object({
  id: z.string(),
  tier: named.text<TierName>().optional(),
  table: named.text<TableName>().optional(),
  schoolCount: z.number().optional(),
  nameKey: z.string().optional(),
});

/** Returns a function that reads tenants from the registry's indexes. @param parse returns undefined for a damaged record */
export const tenantsInIndex =
  (
    records: Records,
    registry: string,
    parse: (record: Record<string, unknown>) => Tenant | undefined,
  ): Tenants['tenantsIn'] =>
  async (range, { limit, after }) => {
    const { name, partitionKey, sortKey } = indexOf(range);
    const { condition, value } = sortKeyCondition(range);
    const {
      records: found,
      last,
      units,
    } = await records.queryPage({
      TableName: registry,
      IndexName: name,
      KeyConditionExpression: `#p = :p${condition}`,
      ExpressionAttributeNames:
        value === undefined ? { '#p': partitionKey } : { '#p': partitionKey, '#s': sortKey },
      ExpressionAttributeValues: { ':p': range.value, ':s': value },
      ScanIndexForward: range.order !== 'schools',
      Limit: limit,
      ExclusiveStartKey: after && exclusiveStartKeyOf(range, after),
    });
    return {
      tenants: found.flatMap((record) => parse(record) ?? []),
      last: last && cursorIn(LastKey.parse(last)),
      units,
    };
  };

/**
 * Returns a function that reads tier tables from the registry's index by tier.
 * @param parse returns undefined for a damaged record
 */
export const tablesInIndex =
  (
    records: Records,
    registry: string,
    parse: (record: Record<string, unknown>) => TierTable | undefined,
  ): TierTables['tablesIn'] =>
  async (tier, { limit, after }) => {
    const { name, partitionKey } = TENANT_INDEXES['tier/id'];
    const { records: found, last } = await records.queryPage({
      TableName: registry,
      IndexName: name,
      KeyConditionExpression: '#p = :p AND begins_with(id, :table)',
      ExpressionAttributeNames: { '#p': partitionKey },
      ExpressionAttributeValues: { ':p': tier, ':table': TABLE },
      Limit: limit,
      ExclusiveStartKey: after === undefined ? undefined : { id: `${TABLE}${after}`, tier },
    });
    const lastId = last && LastKey.parse(last).id;
    return {
      tables: found.flatMap((record) => parse(record) ?? []),
      last: lastId === undefined ? undefined : tableName(lastId.slice(TABLE.length)),
    };
  };

const indexOf = ({ by, order }: TenantRange) => {
  if (by === 'table' && order === 'name') throw new TypeError('tenants of a table cannot be ordered by name');
  return TENANT_INDEXES[`${by}/${order}` as Exclude<`${typeof by}/${typeof order}`, 'table/name'>];
};

const sortKeyCondition = ({
  order,
  prefix = '',
  atLeast,
}: TenantRange): { readonly condition: string; readonly value?: string | number } => {
  const begins = ' AND begins_with(#s, :s)';
  // the index by id also contains tables
  if (order === 'id') return { condition: begins, value: `${TENANT}${prefix}` };
  if (order === 'name') return prefix === '' ? { condition: '' } : { condition: begins, value: prefix };
  return atLeast === undefined ? { condition: '' } : { condition: ' AND #s >= :s', value: atLeast };
};

const exclusiveStartKeyOf = (
  { by, order }: TenantRange,
  { tenantId, tier, table, schools, nameKey }: TenantPosition,
) => ({
  id: `${TENANT}${tenantId}`,
  // fields that are no keys of the index are left out
  tier: by === 'tier' ? tier : undefined,
  table: by === 'tier' ? undefined : table,
  schoolCount: order === 'schools' ? schools : undefined,
  nameKey: order === 'name' ? nameKey : undefined,
});

/** Converts a key to a position. Fields that are not keys of the index have placeholders, which are never read. */
const cursorIn = ({ id, tier, table, schoolCount, nameKey }: z.output<typeof LastKey>): TenantPosition => ({
  tenantId: id.slice(TENANT.length) as TenantId,
  tier: tier ?? ('' as TierName),
  table: table ?? ('' as TableName),
  schools: schoolCount ?? 0,
  nameKey: nameKey ?? '',
});
