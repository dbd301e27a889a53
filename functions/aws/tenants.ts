import type { Clock } from '../migration/clock-port.ts';
import { Conflict, TenantAlreadyMigrating } from '../migration/errors.ts';
import { isClosed, STATUSES } from '../migration/life-cycle.ts';
import type { MigrationId, TableName, TenantId } from '../migration/names.ts';
import { tenantBeingRemoved } from '../migration/registry/find-tenant.ts';
import type { Preferences, Tenant } from '../migration/registry/tenant.ts';
import { nameKeyOf } from '../migration/registry/tenant-range.ts';
import type { Tenants } from '../migration/registry/tenants-port.ts';
import type { Route } from '../migration/route/route.ts';
import type { Records } from './records.ts';
import { tenantsInIndex } from './registry-indexes.ts';
import {
  migrationUpdate,
  occupancy,
  placeIn,
  type RegistryTables,
  scanRegistry,
  TENANT,
  TenantRecord,
  tenantKey,
  tenantUpdate,
} from './registry-records.ts';
import { type UpdateChanges, updateOf } from './update.ts';

/** Statuses in which a migration must not lock or reserve anything, as values of a condition. */
const ROLLING_BACK = Object.fromEntries(
  STATUSES.filter((status) => isClosed(status) || status === 'rollingBack').map((status) => [
    `:${status}`,
    status,
  ]),
);

export const readTenant = async (
  records: Records,
  registry: string,
  tenantId: TenantId,
): Promise<Tenant | undefined> => {
  const found = await records.get(registry, tenantKey(tenantId));
  return found && records.parse(TenantRecord, placeIn(registry)(found), found);
};

/** Stores `TENANT#id` of the registry. */
export const tenantsIn = (records: Records, tables: RegistryTables, clock: Clock): Tenants => {
  const { registry } = tables;
  const parseListed = (found: Record<string, unknown>) =>
    records.parseListed(TenantRecord, placeIn(registry)(found), found);
  return {
    tenant: (tenantId) => readTenant(records, registry, tenantId),

    async *tenants(after) {
      const from = after === undefined ? undefined : tenantKey(after);
      for await (const found of scanRegistry(records, registry, TENANT, from)) {
        const listed = parseListed(found);
        if (listed) yield listed;
      }
    },

    tenantsIn: tenantsInIndex(records, registry, parseListed),

    addTenant: (added, route) => addTenant(records, tables, added, route),

    async setPreferences(tenantId, change, { by, at }, seen) {
      const isChanged = await records.update({
        TableName: registry,
        Key: tenantKey(tenantId),
        ...updateOf({
          set: { ...change, updatedAt: at, updatedBy: by },
          ...preferencesAre(seen),
        }),
      });
      if (!isChanged)
        throw new Conflict(
          `cannot set the preferences of tenant ${tenantId}: it no longer exists, or they have changed. Nothing was changed`,
        );
    },

    async setName(tenantId, { name, reason, by, at }) {
      const isChanged = await records.update({
        TableName: registry,
        Key: tenantKey(tenantId),
        ...updateOf({
          set: { name, nameKey: nameKeyOf(name), nameReason: reason, updatedAt: at, updatedBy: by },
          condition: 'attribute_exists(id)',
        }),
      });
      if (!isChanged)
        throw new Conflict(`cannot rename tenant ${tenantId}: it no longer exists. Nothing was changed`);
    },

    async setSchoolCount(tenantId, { schools, at }) {
      await records.update({
        TableName: registry,
        Key: tenantKey(tenantId),
        ...updateOf({
          set: { schoolCount: schools, schoolCountedAt: at },
          condition: '#schoolCountedAt <= :at',
          values: { ':at': at },
        }),
      });
    },

    lockTenant: (tenantId, migrationId, source) =>
      lockTenant(records, tables, clock, { tenantId, migrationId, source }),

    async unlockTenant(tenantId, migrationId) {
      // a tenant that is not locked is not an error, and neither is a condition that does not hold
      await records.transact([
        tenantUpdate(registry, tenantId, {
          set: { lockedBy: undefined },
          condition: '#lockedBy = :me',
          values: { ':me': migrationId },
        }),
        migrationUpdate(tables.migrations, migrationId, clock.now(), {
          set: { locked: false },
          condition: 'attribute_exists(migrationId)',
        }),
      ]);
    },
  };
};

const PREFERENCES = ['autoMigrate', 'pinnedTier', 'wantsDedicated', 'preferencesReason'] as const;

/** Returns the condition that a tenant exists and has these preferences; only that it exists if none are given. */
const preferencesAre = (
  seen: Preferences | undefined,
): Pick<UpdateChanges, 'names' | 'values'> & { readonly condition: string } => {
  const exists = 'attribute_exists(id)';
  if (!seen) return { condition: exists };
  const conditions = PREFERENCES.map((field) =>
    seen[field] === undefined ? `attribute_not_exists(#${field})` : `#${field} = :seen_${field}`,
  );
  return {
    condition: [exists, ...conditions].join(' AND '),
    names: Object.fromEntries(PREFERENCES.map((field) => [`#${field}`, field])),
    values: Object.fromEntries(
      PREFERENCES.flatMap((field) => (seen[field] === undefined ? [] : [[`:seen_${field}`, seen[field]]])),
    ),
  };
};

const addTenant = async (
  records: Records,
  { registry, routes }: RegistryTables,
  added: Tenant,
  route: Route,
): Promise<void> => {
  const failed = await records.transact([
    {
      Put: {
        TableName: registry,
        Item: { ...tenantKey(added.tenantId), ...added, nameKey: nameKeyOf(added.name) },
        ConditionExpression: 'attribute_not_exists(id)',
      },
    },
    {
      Put: {
        TableName: routes,
        Item: { ...route },
        ConditionExpression: 'attribute_not_exists(tenantId)',
      },
    },
    occupancy(registry, added.table, 'freeSlots', 'tenants', ' AND #state = :active'),
  ]);
  if (failed.includes(2)) throw new Conflict(`table ${added.table} is full`);
  if (failed.length > 0) throw new Conflict(`tenant ${added.tenantId} is already registered`);
};

const lockTenant = async (
  records: Records,
  { registry, migrations }: RegistryTables,
  clock: Clock,
  {
    tenantId,
    migrationId,
    source,
  }: { readonly tenantId: TenantId; readonly migrationId: MigrationId; readonly source: TableName },
): Promise<void> => {
  const failed = await records.transact([
    tenantUpdate(registry, tenantId, {
      set: { lockedBy: migrationId },
      condition:
        '(attribute_not_exists(#lockedBy) OR #lockedBy = :me) AND #table = :source AND attribute_not_exists(#removal)',
      names: { '#table': 'table', '#removal': 'removal' },
      values: { ':me': migrationId, ':source': source },
    }),
    // a late call must not lock the tenant for a migration that has been rolled back
    migrationUpdate(migrations, migrationId, clock.now(), {
      set: { locked: true },
      condition: `attribute_exists(migrationId) AND NOT #status IN (${Object.keys(ROLLING_BACK).join(', ')})`,
      names: { '#status': 'status' },
      values: ROLLING_BACK,
    }),
  ]);
  if (failed.length === 0) return;
  const found = await readTenant(records, registry, tenantId);
  if (found?.lockedBy && found.lockedBy !== migrationId) {
    throw new TenantAlreadyMigrating(
      `cannot lock tenant ${tenantId}: it is being migrated by ${found.lockedBy}. Nothing was changed. Wait for that migration, or cancel it.`,
      {
        facts: { tenantId, migrationId: found.lockedBy },
        next: { action: 'status', migrationId: found.lockedBy },
      },
    );
  }
  if (found?.removal) throw tenantBeingRemoved(found);
  throw failed.includes(0)
    ? new Conflict(`cannot lock tenant ${tenantId}: it is in ${found?.table ?? 'no table'}, not in ${source}`)
    : new Conflict(`cannot lock tenant ${tenantId}: ${migrationId} has ended or is being rolled back`);
};
