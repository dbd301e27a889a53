import type { ControlRecords } from '../migration/doctor/control-records.ts';
import { Conflict } from '../migration/errors.ts';
import type { Tenant } from '../migration/registry/tenant.ts';
import { nameKeyOf } from '../migration/registry/tenant-range.ts';
import type { TierTable } from '../migration/registry/tier-table.ts';
import type { controlTables } from '../migration/settings/settings.ts';
import { eventRecord } from './event-record.ts';
import { META } from './meta.ts';
import type { Records } from './records.ts';
import { TABLE, TENANT } from './registry-records.ts';
import { updateOf } from './update.ts';

type Tables = ReturnType<typeof controlTables>;

/** Part of `TENANT#id` in the migrations table. */
export const LATEST = 'LATEST';

/** Makes the writes of `tierferry mend`, each only if the record is as it was read. */
export const recordRepairsIn = (records: Records, tables: Tables): Omit<ControlRecords, 'all'> => ({
  ...registryRepairsIn(records, tables),
  ...migrationRepairsIn(records, tables),
});

const refuseIfChanged = (holds: boolean, what: string): void => {
  if (!holds)
    throw new Conflict(`${what} has changed since it was read. Nothing was changed. Run the doctor again.`, {
      next: { action: 'doctor' },
    });
};
const tenantKey = ({ tenantId }: Tenant) => ({ id: `${TENANT}${tenantId}` });

/** Repairs routes, tenants and tier tables. */
const registryRepairsIn = (
  records: Records,
  tables: Tables,
): Pick<ControlRecords, 'addRoute' | 'addTenant' | 'setTenant' | 'setCounts'> => ({
  async addRoute(route) {
    const isNew = await records.put({
      TableName: tables.routes,
      Item: { ...route },
      ConditionExpression: 'attribute_not_exists(tenantId)',
    });
    refuseIfChanged(isNew, `the route of ${route.tenantId}`);
  },

  async addTenant(tenant) {
    const isNew = await records.put({
      TableName: tables.registry,
      Item: { ...tenantKey(tenant), ...tenant, nameKey: nameKeyOf(tenant.name) },
      ConditionExpression: 'attribute_not_exists(id)',
    });
    refuseIfChanged(isNew, `the record of tenant ${tenant.tenantId}`);
  },

  async setTenant(from, to) {
    const { tier, placement, table, maxSchools, lockedBy, pending, updatedAt, updatedBy } = to;
    const as = conditionUnchanged({ table: from.table, lockedBy: from.lockedBy, pending: from.pending });
    const isSet = await records.update({
      TableName: tables.registry,
      Key: tenantKey(from),
      ...updateOf({
        set: { tier, placement, table, maxSchools, lockedBy, pending, updatedAt, updatedBy },
        ...as,
      }),
    });
    refuseIfChanged(isSet, `the record of tenant ${from.tenantId}`);
  },

  async setCounts({ table, state, freeSlots, tenants, reserved, departing }: TierTable, counts) {
    const isSet = await records.update({
      TableName: tables.registry,
      Key: { id: `${TABLE}${table}` },
      ...updateOf({
        set: { ...counts },
        ...conditionUnchanged({ state, freeSlots, tenants, reserved, departing }),
      }),
    });
    refuseIfChanged(isSet, `the record of table ${table}`);
  },
});

/** Repairs migrations, and the records of each tenant's latest migration. */
const migrationRepairsIn = (
  records: Records,
  tables: Tables,
): Pick<ControlRecords, 'setLatest' | 'setMigration'> => ({
  async setLatest(tenantId, from, to) {
    const at = {
      TableName: tables.migrations,
      Key: { migrationId: `${TENANT}${tenantId}`, part: LATEST },
    };
    const { UpdateExpression, ...condition } = updateOf({
      set: { latest: to },
      ...conditionUnchanged({ latest: from }),
    });
    const isSet =
      to === undefined
        ? await records.delete({ ...at, ...condition })
        : await records.update({ ...at, ...condition, UpdateExpression });
    refuseIfChanged(isSet, `the latest migration of ${tenantId}`);
  },

  async setMigration(from, to, { at, who, reason }) {
    const { migrationId, status, attempt, registryChange } = from;
    const failed = await records.transact([
      {
        Update: {
          TableName: tables.migrations,
          Key: { migrationId, part: META },
          ...updateOf({
            set: { ...to, updatedAt: at },
            ...conditionUnchanged({ status, attempt, registryChange }),
          }),
        },
      },
      {
        Put: {
          TableName: tables.migrations,
          Item: eventRecord({ ...from, ...to }, { at, who, reason, from: status, to: to.status }, 'mended'),
        },
      },
    ]);
    refuseIfChanged(failed.length === 0, migrationId);
  },
});

/** Makes a condition: the fields have these values, or are absent if the value is undefined. */
const conditionUnchanged = (fields: Readonly<Record<string, unknown>>) => {
  const names = Object.keys(fields);
  return {
    condition: names
      .map((name) =>
        fields[name] === undefined ? `attribute_not_exists(#${name})` : `#${name} = :was_${name}`,
      )
      .join(' AND '),
    names: Object.fromEntries(names.map((name) => [`#${name}`, name])),
    values: Object.fromEntries(
      names.flatMap((name) => (fields[name] === undefined ? [] : [[`:was_${name}`, fields[name]]])),
    ),
  };
};
