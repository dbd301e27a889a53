import * as z from 'zod';
import { type TableName, type TenantId, type TierName, tableName } from '../migration/names.ts';
import type { Registry } from '../migration/ports.ts';
import type { Tenant, TierTable } from '../migration/registry/records.ts';
import type { TenantPosition, TenantRange } from '../migration/registry/tenant-range.ts';
import { TENANT_INDEXES } from './control-tables.ts';
import { named } from './parsing.ts';
import type { Records } from './records.ts';

const TENANT = 'TENANT#';
const TABLE = 'TABLE#';

/** Key of the record at which a page has ended; which fields it has depends on the index. */
const LastKey = z.object({
  id: z.string(),
  tier: named.text<TierName>().optional(),
  table: named.text<TableName>().optional(),
  schoolCount: z.number().optional(),
  nameKey: z.string().optional(),
});

/** Reads tenants from the registry's indexes. @param parse returns undefined for a record that is damaged. */
export const tenantsInIndex =
  (
    records: Records,
    registry: string,
    parse: (record: Record<string, unknown>) => Tenant | undefined,
  ): Registry['tenantsIn'] =>
  async (range, { limit, after }) => {
    const { name, partitionKey, sortKey } = indexOf(range);
    const { condition, value } = sortCondition(range);
    const {
      records: found,
      last,
      units,
    } = await records.queryPage({
      TableName: registry,
      IndexName: name,
      KeyConditionExpression: `#p = :p${condition}`,
      ExpressionAttributeNames: { '#p': partitionKey, ...(value === undefined ? {} : { '#s': sortKey }) },
      ExpressionAttributeValues: { ':p': range.value, ...(value === undefined ? {} : { ':s': value }) },
      ScanIndexForward: range.order !== 'schools',
      Limit: limit,
      ...(after ? { ExclusiveStartKey: keyOf(range, after) } : {}),
    });
    return {
      tenants: found.flatMap((record) => parse(record) ?? []),
      ...(last ? { last: positionIn(LastKey.parse(last)) } : {}),
      units,
    };
  };

/** Reads tier tables from the registry's index by tier. @param parse returns undefined for a record that is damaged. */
export const tablesInIndex =
  (
    records: Records,
    registry: string,
    parse: (record: Record<string, unknown>) => TierTable | undefined,
  ): Registry['tablesIn'] =>
  async (tier, { limit, after }) => {
    const { name, partitionKey } = TENANT_INDEXES['tier/id'];
    const { records: found, last } = await records.queryPage({
      TableName: registry,
      IndexName: name,
      KeyConditionExpression: '#p = :p AND begins_with(id, :table)',
      ExpressionAttributeNames: { '#p': partitionKey },
      ExpressionAttributeValues: { ':p': tier, ':table': TABLE },
      Limit: limit,
      ...(after === undefined ? {} : { ExclusiveStartKey: { id: `${TABLE}${after}`, tier } }),
    });
    const lastId = last && LastKey.parse(last).id;
    return {
      tables: found.flatMap((record) => parse(record) ?? []),
      ...(lastId === undefined ? {} : { last: tableName(lastId.slice(TABLE.length)) }),
    };
  };

const indexOf = ({ by, order }: TenantRange) => {
  if (by === 'table' && order === 'name') throw new TypeError('tenants of a table are in no order by name');
  return TENANT_INDEXES[`${by}/${order}` as Exclude<`${typeof by}/${typeof order}`, 'table/name'>];
};

const sortCondition = ({
  order,
  prefix = '',
  atLeast,
}: TenantRange): { readonly condition: string; readonly value?: string | number } => {
  const begins = ' AND begins_with(#s, :s)';
  // records of tables have ids, too
  if (order === 'id') return { condition: begins, value: `${TENANT}${prefix}` };
  if (order === 'name') return prefix === '' ? { condition: '' } : { condition: begins, value: prefix };
  return atLeast === undefined ? { condition: '' } : { condition: ' AND #s >= :s', value: atLeast };
};

const keyOf = ({ by, order }: TenantRange, { tenantId, tier, table, schools, nameKey }: TenantPosition) => ({
  id: `${TENANT}${tenantId}`,
  ...(by === 'tier' ? { tier } : { table }),
  ...(order === 'schools' ? { schoolCount: schools } : {}),
  ...(order === 'name' ? { nameKey } : {}),
});

/** The fields that the index has no key of are never asked for. */
const positionIn = ({ id, tier, table, schoolCount, nameKey }: z.output<typeof LastKey>): TenantPosition => ({
  tenantId: id.slice(TENANT.length) as TenantId,
  tier: tier ?? ('' as TierName),
  table: table ?? ('' as TableName),
  schools: schoolCount ?? 0,
  nameKey: nameKey ?? '',
});
