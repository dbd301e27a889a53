import * as z from 'zod';
import type { Clock } from '../migration/clock-port.ts';
import { Conflict, TenantAlreadyMigrating } from '../migration/errors.ts';
import { isClosed, STATUSES } from '../migration/life-cycle.ts';
import type { Migration, RegistryChange } from '../migration/migration.ts';
import type { EpochMs, MigrationId, TableName, TenantId, TierName } from '../migration/names.ts';
import type { Ports } from '../migration/ports.ts';
import type { Tenant } from '../migration/registry/tenant.ts';
import { nameKeyOf } from '../migration/registry/tenant-range.ts';
import type { TierTable } from '../migration/registry/tier-table.ts';
import { META } from './meta.ts';
import { named } from './parsing.ts';
import type { Records, TransactionActions } from './records.ts';
import { tablesInIndex, tenantsInIndex } from './registry-indexes.ts';
import { location } from './tenant-location.ts';
import { type UpdateChanges, updateOf } from './update.ts';

export const TENANT = 'TENANT#';
export const TABLE = 'TABLE#';

const placementWithLimit = location.extend({ maxSchools: z.number().optional() });
const TenantFields = placementWithLimit.extend({
  tenantId: named.text<TenantId>(),
  name: z.string(),
  schoolCount: z.number(),
  schoolCountedAt: named.number<EpochMs>(),
  autoMigrate: z.literal('off').optional(),
  pinnedTier: named.text<TierName>().optional(),
  wantsDedicated: z.literal(true).optional(),
  createdAt: named.number<EpochMs>(),
  createdBy: z.string(),
  updatedAt: named.number<EpochMs>(),
  updatedBy: z.string(),
  lockedBy: named.text<MigrationId>().optional(),
  pending: placementWithLimit.optional(),
});
/** A record whose key names another tenant is damaged: its fields may be of either one. */
export const TenantRecord = TenantFields.extend({ id: z.string() })
  .refine(({ id, tenantId }) => id === `${TENANT}${tenantId}`, { path: ['tenantId'] })
  .transform(({ id: _, ...tenant }) => tenant) satisfies z.ZodType<Tenant>;
const TableFields = location.extend({
  tenantId: named.text<TenantId>().optional(),
  freeSlots: z.number(),
  tenants: z.number(),
  reserved: z.number(),
  departing: z.number(),
  state: z.enum(['active', 'retiring', 'dropping', 'dropped']),
  createdBy: named.text<MigrationId>().optional(),
  isAdopted: z.literal(true).optional(),
});
export const TableRecord = TableFields.extend({ id: z.string() })
  .refine(({ id, table }) => id === `${TABLE}${table}`, { path: ['table'] })
  .transform(({ id: _, ...table }) => table) satisfies z.ZodType<TierTable>;

const IS_EMPTY = '#tenants = :none AND #reserved = :none AND #leaving = :none';

/** States of the registry's change in forward order. If a later one is reached, the earlier steps have been made. */
const FORWARD: readonly RegistryChange[] = ['none', 'reserved', 'pending', 'confirmed', 'released'];

const ChangeInMeta = z.object({
  registryChange: z.enum(FORWARD),
  target: z.object({ table: named.text<TableName>().optional() }),
});

/** Statuses in which a migration must not lock or reserve anything, as values of a condition. */
const ROLLING_BACK = Object.fromEntries(
  STATUSES.filter((status) => isClosed(status) || status === 'rollingBack').map((status) => [
    `:${status}`,
    status,
  ]),
);

/** True if a step that could not be made had been made before: the change has reached or passed its end, in its direction. */
const isAlreadyApplied = (from: RegistryChange, to: RegistryChange, found: RegistryChange): boolean => {
  const [a, b, c] = [from, to, found].map((change) => FORWARD.indexOf(change));
  if (a === undefined || b === undefined || c === undefined) return false;
  return b > a ? c >= b : c <= b;
};

/** Stores `TENANT#id` and `TABLE#name` of the registry, and makes a migration's changes of both in transactions. */
export const registryIn = (
  records: Records,
  tables: { readonly registry: string; readonly routes: string; readonly migrations: string },
  clock: Clock,
): Ports['registry'] => {
  const tenantKey = (tenantId: TenantId) => ({ id: `${TENANT}${tenantId}` });
  const tableKey = (table: TableName) => ({ id: `${TABLE}${table}` });
  const tenantUpdate = (tenantId: TenantId, changes: UpdateChanges): TransactionActions[number] => ({
    Update: { TableName: tables.registry, Key: tenantKey(tenantId), ...updateOf(changes) },
  });
  const tableUpdate = (table: TableName, changes: UpdateChanges): TransactionActions[number] => ({
    Update: { TableName: tables.registry, Key: tableKey(table), ...updateOf(changes) },
  });
  const migrationUpdate = (migrationId: MigrationId, changes: UpdateChanges): TransactionActions[number] => ({
    Update: {
      TableName: tables.migrations,
      Key: { migrationId, part: META },
      ...updateOf({ ...changes, set: { updatedAt: clock.now(), ...changes.set } }),
    },
  });
  /** Moves one tenant of a table from one count to another; no count may become negative. */
  const occupancy = (
    table: TableName,
    from: 'freeSlots' | 'tenants' | 'reserved' | 'departing',
    to: 'freeSlots' | 'tenants' | 'reserved' | 'departing',
    also = '',
  ): TransactionActions[number] =>
    tableUpdate(table, {
      add: { [from]: -1, [to]: 1 },
      condition: `#${from} >= :one${also}`,
      names: also ? { '#state': 'state' } : {},
      values: { ':one': 1, ...(also ? { ':active': 'active' } : {}) },
    });

  const changeInMeta = async (migrationId: MigrationId) =>
    records.parse(
      ChangeInMeta.optional(),
      { table: tables.migrations, key: `${migrationId}/${META}` },
      await records.get(tables.migrations, { migrationId, part: META }),
    );

  /** Makes one step of the registry's change, exactly once. @throws Conflict if it cannot be made */
  const applyOnce = async (
    { migrationId, attempt }: Migration,
    from: RegistryChange,
    to: RegistryChange,
    also: TransactionActions,
  ): Promise<void> => {
    const change = migrationUpdate(migrationId, {
      set: { registryChange: to },
      condition: '#registryChange = :from AND #attempt = :attempt',
      names: { '#attempt': 'attempt' },
      values: { ':from': from, ':attempt': attempt },
    });
    const failed = await records.transact([change, ...also]);
    if (failed.length === 0) return;
    const found = (await changeInMeta(migrationId))?.registryChange;
    if (found !== undefined && isAlreadyApplied(from, to, found)) return;
    throw new Conflict(
      `the registry's change by ${migrationId} is '${found}' and could not go from '${from}' to '${to}'`,
    );
  };

  const registryPlacement = ({ id }: Record<string, unknown>) => ({
    table: tables.registry,
    key: String(id),
  });
  /** Returns the table's name from the key, which cannot be damaged like a field. */
  const nameIn = ({ id }: Record<string, unknown>) => String(id).slice(TABLE.length) as TableName;

  const tenant = async (tenantId: TenantId): Promise<Tenant | undefined> => {
    const found = await records.get(tables.registry, tenantKey(tenantId));
    return found && records.parse(TenantRecord, registryPlacement(found), found);
  };

  const table = async (name: TableName): Promise<TierTable | undefined> => {
    const found = await records.get(tables.registry, tableKey(name));
    return found && records.parse(TableRecord, registryPlacement(found), found);
  };

  const scan = (prefix: string, after?: { readonly id: string }) =>
    records.scan({
      ...(after ? { ExclusiveStartKey: after } : {}),
      TableName: tables.registry,
      ConsistentRead: true,
      FilterExpression: 'begins_with(id, :prefix)',
      ExpressionAttributeValues: { ':prefix': prefix },
    });

  /** Reads the reserved table, since the reservation may be later than the caller's copy of the migration. */
  const reservedTable = async (migrationId: MigrationId): Promise<TableName> => {
    const found = await changeInMeta(migrationId);
    if (!found?.target.table) throw new Conflict(`${migrationId} has reserved no table`);
    return found.target.table;
  };

  return {
    tenant,
    table,

    async *tenants(after) {
      for await (const found of scan(TENANT, after === undefined ? undefined : tenantKey(after))) {
        const listed = records.parseListed(TenantRecord, registryPlacement(found), found);
        if (listed) yield listed;
      }
    },

    tenantsIn: tenantsInIndex(records, tables.registry, (found) =>
      records.parseListed(TenantRecord, registryPlacement(found), found),
    ),

    tablesIn: tablesInIndex(records, tables.registry, (found) =>
      records.parseListed(TableRecord, registryPlacement(found), found),
    ),

    async *tables(tier) {
      for await (const found of scan(TABLE)) {
        const listed = records.parseListed(TableRecord, registryPlacement(found), found);
        if (listed && (tier === undefined || listed.tier === tier)) yield listed;
      }
    },

    async allTables() {
      const all: TierTable[] = [];
      const damaged: TableName[] = [];
      for await (const found of scan(TABLE)) {
        const listed = records.parseListed(TableRecord, registryPlacement(found), found);
        if (listed) all.push(listed);
        else damaged.push(nameIn(found));
      }
      return { tables: all, damaged };
    },

    async addTable(added) {
      const isNew = await records.put({
        TableName: tables.registry,
        Item: { ...tableKey(added.table), ...added },
        ConditionExpression: 'attribute_not_exists(id)',
      });
      if (!isNew) throw new Conflict(`table ${added.table} is already registered`);
    },

    async setRetiring(name, isRetiring) {
      const isSet = await records.update({
        TableName: tables.registry,
        Key: tableKey(name),
        ...updateOf({
          set: { state: isRetiring ? 'retiring' : 'active' },
          condition: '#state IN (:active, :retiring)',
          values: { ':active': 'active', ':retiring': 'retiring' },
        }),
      });
      if (!isSet) throw new Conflict(`table ${name} is not registered, or is dropped`);
    },

    async setLimit({ table: name, freeSlots, tenants, reserved, departing }, limit) {
      const limitFits = limit - tenants - reserved - departing;
      if (limitFits === freeSlots) return;
      await records.update({
        TableName: tables.registry,
        Key: tableKey(name),
        ...updateOf({
          set: { freeSlots: limitFits },
          condition: '#tenants = :tenants AND #reserved = :reserved AND #leaving = :leaving',
          names: { '#tenants': 'tenants', '#reserved': 'reserved', '#leaving': 'departing' },
          values: { ':tenants': tenants, ':reserved': reserved, ':leaving': departing },
        }),
      });
    },

    markDropping: async (name) =>
      (await records.update({
        TableName: tables.registry,
        Key: tableKey(name),
        ...updateOf({
          set: { state: 'dropping' },
          condition: `${IS_EMPTY} AND #state <> :dropped`,
          names: { '#tenants': 'tenants', '#reserved': 'reserved', '#leaving': 'departing' },
          values: { ':none': 0, ':dropped': 'dropped' },
        }),
      })) || (await table(name))?.state === 'dropped',

    async markDropped(name) {
      const isDropped = await records.update({
        TableName: tables.registry,
        Key: tableKey(name),
        ...updateOf({
          set: { state: 'dropped' },
          condition: '#state IN (:dropping, :dropped)',
          values: { ':dropping': 'dropping', ':dropped': 'dropped' },
        }),
      });
      if (!isDropped) throw new Conflict(`table ${name} is not dropping`);
    },

    async addTenant(added, route) {
      const failed = await records.transact([
        {
          Put: {
            TableName: tables.registry,
            Item: { ...tenantKey(added.tenantId), ...added, nameKey: nameKeyOf(added.name) },
            ConditionExpression: 'attribute_not_exists(id)',
          },
        },
        {
          Put: {
            TableName: tables.routes,
            Item: { ...route },
            ConditionExpression: 'attribute_not_exists(tenantId)',
          },
        },
        occupancy(added.table, 'freeSlots', 'tenants', ' AND #state = :active'),
      ]);
      if (failed.includes(2)) throw new Conflict(`table ${added.table} is full`);
      if (failed.length > 0) throw new Conflict(`tenant ${added.tenantId} is already registered`);
    },

    async setPreferences(tenantId, change, { by, at }) {
      const isChanged = await records.update({
        TableName: tables.registry,
        Key: tenantKey(tenantId),
        ...updateOf({
          set: { ...change, updatedAt: at, updatedBy: by },
          condition: 'attribute_exists(id)',
        }),
      });
      if (!isChanged) throw new Conflict(`tenant ${tenantId} no longer exists`);
    },

    async setSchoolCount(tenantId, { schools, at }) {
      await records.update({
        TableName: tables.registry,
        Key: tenantKey(tenantId),
        ...updateOf({
          set: { schoolCount: schools, schoolCountedAt: at },
          condition: '#schoolCountedAt <= :at',
          values: { ':at': at },
        }),
      });
    },

    async lockTenant(tenantId, migrationId, source) {
      const failed = await records.transact([
        tenantUpdate(tenantId, {
          set: { lockedBy: migrationId },
          condition: '(attribute_not_exists(#lockedBy) OR #lockedBy = :me) AND #table = :source',
          names: { '#table': 'table' },
          values: { ':me': migrationId, ':source': source },
        }),
        // a late call must not lock the tenant for a migration that has been rolled back
        migrationUpdate(migrationId, {
          set: { locked: true },
          condition: `attribute_exists(migrationId) AND NOT #status IN (${Object.keys(ROLLING_BACK).join(', ')})`,
          names: { '#status': 'status' },
          values: ROLLING_BACK,
        }),
      ]);
      if (failed.length === 0) return;
      const found = await tenant(tenantId);
      if (found?.lockedBy && found.lockedBy !== migrationId) {
        throw new TenantAlreadyMigrating(
          `cannot lock tenant ${tenantId}: it is being migrated by ${found.lockedBy}. Nothing was changed. Wait for that migration, or cancel it.`,
        );
      }
      throw failed.includes(0)
        ? new Conflict(
            `cannot lock tenant ${tenantId}: it is in ${found?.table ?? 'no table'}, not in ${source}`,
          )
        : new Conflict(`cannot lock tenant ${tenantId}: ${migrationId} has ended or is being rolled back`);
    },

    async unlockTenant(tenantId, migrationId) {
      // a tenant that is not locked is not an error, and neither is a condition that does not hold
      await records.transact([
        tenantUpdate(tenantId, {
          set: { lockedBy: undefined },
          condition: '#lockedBy = :me',
          values: { ':me': migrationId },
        }),
        migrationUpdate(migrationId, { set: { locked: false }, condition: 'attribute_exists(migrationId)' }),
      ]);
    },

    async reserveSlot({ migrationId, attempt, status }, name) {
      const failed = await records.transact([
        occupancy(name, 'freeSlots', 'reserved', ' AND #state = :active'),
        migrationUpdate(migrationId, {
          set: { registryChange: 'reserved', 'target.table': name },
          // checks the status, too: a late call must not reserve a slot after the rollback has released it
          condition: '#registryChange = :none AND #attempt = :attempt AND #status = :status',
          names: { '#attempt': 'attempt', '#status': 'status' },
          values: { ':none': 'none', ':attempt': attempt, ':status': status },
        }),
      ]);
      if (!failed.includes(1)) return failed.length === 0;
      const found = await changeInMeta(migrationId);
      if (found?.registryChange === 'reserved' && found.target.table === name) return true;
      throw new Conflict(`${migrationId} has reserved a slot in another table, or its status has changed`);
    },

    setPending: (migration, pending) =>
      applyOnce(migration, 'reserved', 'pending', [
        tenantUpdate(migration.tenantId, {
          set: { pending },
          condition: '#lockedBy = :me',
          names: { '#lockedBy': 'lockedBy' },
          values: { ':me': migration.migrationId },
        }),
      ]),

    async confirmMove(migration, now) {
      const { tenantId, migrationId, source } = migration;
      const pending = (await tenant(tenantId))?.pending;
      const change = {
        ...(pending ? { maxSchools: undefined, ...pending } : {}),
        pending: undefined,
        updatedAt: now,
        updatedBy: migrationId,
      };
      await applyOnce(migration, 'pending', 'confirmed', [
        tenantUpdate(tenantId, {
          set: change,
          condition: '#lockedBy = :me AND attribute_exists(#pending)',
          names: { '#lockedBy': 'lockedBy' },
          values: { ':me': migrationId },
        }),
        occupancy(await reservedTable(migrationId), 'reserved', 'tenants'),
        occupancy(source.table, 'tenants', 'departing'),
      ]);
    },

    async reverseMove(migration, location, now) {
      const { tenantId, migrationId, source } = migration;
      await applyOnce(migration, 'confirmed', 'reserved', [
        tenantUpdate(tenantId, {
          set: { maxSchools: undefined, ...location, updatedAt: now, updatedBy: migrationId },
          condition: '#lockedBy = :me',
          names: { '#lockedBy': 'lockedBy' },
          values: { ':me': migrationId },
        }),
        occupancy(await reservedTable(migrationId), 'tenants', 'reserved'),
        occupancy(source.table, 'departing', 'tenants'),
      ]);
    },

    async releaseSource(migration) {
      const { table: name, placement: kind } = migration.source;
      await applyOnce(migration, 'confirmed', 'released', [
        // the name of a dropped table is never used again, so that a late deletion finds no table
        kind === 'dedicated'
          ? tableUpdate(name, { set: { state: 'dropped', departing: 0 }, condition: 'attribute_exists(id)' })
          : occupancy(name, 'departing', 'freeSlots'),
      ]);
    },

    async undoReservation(migration) {
      const from = (await changeInMeta(migration.migrationId))?.registryChange ?? 'none';
      if (from === 'none') return;
      if (from !== 'reserved' && from !== 'pending') {
        throw new Conflict(
          `the registry's change by ${migration.migrationId} is '${from}' and can no longer be undone`,
        );
      }
      await applyOnce(migration, from, 'none', [
        tenantUpdate(migration.tenantId, { set: { pending: undefined }, condition: 'attribute_exists(id)' }),
        occupancy(await reservedTable(migration.migrationId), 'reserved', 'freeSlots'),
      ]);
    },
  };
};
