import { Conflict, TenantAlreadyMigrating } from '../../functions/migration/errors.ts';
import { isClosed } from '../../functions/migration/life-cycle.ts';
import type { Migration, RegistryChange } from '../../functions/migration/migration.ts';
import type { EpochMs, MigrationId, TableName, TenantId, TierName } from '../../functions/migration/names.ts';
import { tenantBeingRemoved } from '../../functions/migration/registry/find-tenant.ts';
import type { RegistryMoves } from '../../functions/migration/registry/registry-moves-port.ts';
import type { Preferences, Tenant } from '../../functions/migration/registry/tenant.ts';
import {
  nameKeyOf,
  type TenantPosition,
  type TenantRange,
} from '../../functions/migration/registry/tenant-range.ts';
import type { Removal, RemovedTenant } from '../../functions/migration/registry/tenant-removal.ts';
import type { TenantRemovals } from '../../functions/migration/registry/tenant-removals-port.ts';
import type { Tenants } from '../../functions/migration/registry/tenants-port.ts';
import type { TableNote, TierTable } from '../../functions/migration/registry/tier-table.ts';
import type { TierTables } from '../../functions/migration/registry/tier-tables-port.ts';
import type { Route } from '../../functions/migration/route/route.ts';
import { changed, type FakeMigrations } from './fake-migrations.ts';
import type { FakeRoutes } from './fake-routes.ts';

type Count = 'freeSlots' | 'tenants' | 'reserved' | 'departing';
const ORDER: readonly RegistryChange[] = ['none', 'reserved', 'pending', 'confirmed', 'released'];

const positionOf = ({ tenantId, tier, table, schoolCount, name }: Tenant): TenantPosition => ({
  tenantId,
  tier,
  table,
  schools: schoolCount,
  nameKey: nameKeyOf(name),
});

const compareText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

const comparePositions = (order: TenantRange['order'], a: TenantPosition, b: TenantPosition): number => {
  const byId = compareText(a.tenantId, b.tenantId);
  if (order === 'schools') return b.schools - a.schools || byId;
  return order === 'name' ? compareText(a.nameKey, b.nameKey) || byId : byId;
};

export class FakeRegistry implements Tenants, TierTables, RegistryMoves, TenantRemovals {
  readonly #tenants = new Map<TenantId, Tenant>();
  readonly #tables = new Map<TableName, TierTable>();
  readonly #removed = new Map<TenantId, RemovedTenant>();
  readonly #migrations: FakeMigrations;
  readonly #routes: FakeRoutes;

  constructor(migrations: FakeMigrations, routes: FakeRoutes) {
    this.#migrations = migrations;
    this.#routes = routes;
  }

  async tenant(tenantId: TenantId) {
    return structuredClone(this.#tenants.get(tenantId));
  }
  async *tenants(after?: TenantId) {
    const sorted = [...this.#tenants.values()].sort((a, b) => (a.tenantId < b.tenantId ? -1 : 1));
    for (const tenant of sorted)
      if (after === undefined || tenant.tenantId > after) yield structuredClone(tenant);
  }
  async tenantsIn(
    { by, value, order, prefix = '', atLeast = 0 }: TenantRange,
    { limit, after }: { limit: number; after?: TenantPosition },
  ) {
    if (by === 'table' && order === 'name') throw new TypeError('there is no such index');
    const keyOf = ({ tenantId, name }: Tenant) => (order === 'name' ? nameKeyOf(name) : tenantId);
    const inOrder = [...this.#tenants.values()]
      .filter((tenant) => tenant[by] === value && tenant.schoolCount >= atLeast)
      .filter((tenant) => order === 'schools' || keyOf(tenant).startsWith(prefix))
      .map((tenant) => ({ tenant, position: positionOf(tenant) }))
      .sort((a, b) => comparePositions(order, a.position, b.position));
    const rest = inOrder.filter(({ position }) => !after || comparePositions(order, position, after) > 0);
    const page = rest.slice(0, limit);
    const last = page.at(-1)?.position;
    const tenants = structuredClone(page.map(({ tenant }) => tenant));
    // half a unit for each 4 KB, eventually consistent [Developer guide, Read request units]
    const units = Math.max(1, Math.ceil(JSON.stringify(tenants).length / 4_096)) / 2;
    return { tenants, units, ...(rest.length >= limit && last ? { last } : {}) };
  }
  async table(table: TableName) {
    return structuredClone(this.#tables.get(table));
  }
  async tablesIn(tier: TierName, { limit, after }: { limit: number; after?: TableName }) {
    const rest = [...this.#tables.values()]
      .filter((one) => one.tier === tier && (after === undefined || one.table > after))
      .sort((a, b) => compareText(a.table, b.table));
    const tables = structuredClone(rest.slice(0, limit));
    const last = tables.at(-1)?.table;
    return { tables, ...(rest.length >= limit && last !== undefined ? { last } : {}) };
  }
  async *tables(tier?: TierName) {
    for (const table of this.#tables.values())
      if (tier === undefined || table.tier === tier) yield structuredClone(table);
  }

  async allTables() {
    return { tables: structuredClone([...this.#tables.values()]), damaged: [] };
  }

  async addTable(table: TierTable) {
    if (this.#tables.has(table.table)) throw new Conflict(`${table.table} is registered`);
    this.#tables.set(table.table, structuredClone(table));
  }

  async setRetiring(name: TableName, isRetiring: boolean, note?: TableNote, seen?: TierTable) {
    const table = this.#tables.get(name);
    if (!table || table.state.startsWith('drop')) throw new Conflict(`${name} is dropped, or unknown`);
    if (seen && (seen.state !== table.state || seen.operatorNote?.at !== table.operatorNote?.at))
      throw new Conflict(`${name} has changed`);
    const { operatorNote: _, ...rest } = table;
    const state = isRetiring ? 'retiring' : 'active';
    this.#tables.set(name, { ...rest, state, ...(note ? { operatorNote: note } : {}) });
  }

  async setLimit({ table: name, tenants, reserved, departing }: TierTable, limit: number) {
    const table = this.#tables.get(name);
    const isAsRead =
      table?.tenants === tenants && table.reserved === reserved && table.departing === departing;
    if (isAsRead) this.#tables.set(name, { ...table, freeSlots: limit - tenants - reserved - departing });
  }

  async markDropping(name: TableName) {
    const table = this.#tables.get(name);
    if (!table || table.tenants + table.reserved + table.departing > 0) return false;
    if (table.state !== 'dropped') this.#tables.set(name, { ...table, state: 'dropping' });
    return true;
  }

  async markDropped(name: TableName) {
    const table = this.#tables.get(name);
    if (!table?.state.startsWith('drop')) throw new Conflict(`${name} is not dropping`);
    this.#tables.set(name, { ...table, state: 'dropped' });
  }

  async addTenant(tenant: Tenant, route: Route) {
    if (this.#tenants.has(tenant.tenantId)) throw new Conflict(`${tenant.tenantId} is registered`);
    if (!this.#hasFreeSlot(tenant.table)) throw new Conflict(`${tenant.table} is full`);
    this.#move(tenant.table, 'freeSlots', 'tenants');
    this.#tenants.set(tenant.tenantId, structuredClone(tenant));
    this.#routes.records.set(tenant.tenantId, structuredClone(route));
  }

  async setPreferences(
    tenantId: TenantId,
    change: Preferences,
    { by, at }: { by: string; at: EpochMs },
    seen?: Preferences,
  ) {
    const tenant = this.#tenants.get(tenantId);
    if (!tenant) throw new Conflict(`there is no ${tenantId}`);
    const fields = ['autoMigrate', 'pinnedTier', 'wantsDedicated', 'preferencesReason'] as const;
    if (seen && fields.some((field) => seen[field] !== tenant[field]))
      throw new Conflict(`the preferences of ${tenantId} have changed`);
    this.#setTenant(tenantId, { ...change, updatedAt: at, updatedBy: by });
  }

  async setName(
    tenantId: TenantId,
    { name, reason, by, at }: { name: string; reason?: string | undefined; by: string; at: EpochMs },
  ) {
    this.#setTenant(tenantId, { name, nameReason: reason, updatedAt: at, updatedBy: by });
  }

  async startRemoval({ tenantId, table, removal: seen }: Tenant, route: Route | undefined, removal: Removal) {
    const tenant = this.#tenants.get(tenantId);
    const found = this.#routes.records.get(tenantId);
    const isFree = tenant?.table === table && !tenant.lockedBy && !tenant.pending;
    const isSameRoute =
      found?.epoch === route?.epoch && found?.writes !== 'fenced' && found?.capture === undefined;
    if (!isFree || tenant.removal?.runId !== seen?.runId || !isSameRoute)
      throw new Conflict(`${tenantId} has changed`);
    this.#setTenant(tenantId, { removal });
    this.#routes.records.delete(tenantId);
  }

  async saveRemoval({ tenantId, table: name }: Tenant, removal: Removal, drops = false) {
    this.#checkRun(tenantId, removal);
    const table = this.#tables.get(name);
    if (drops) {
      const isOwn = table?.tenantId === tenantId && table.tenants === 1 && !table.isAdopted;
      if (!isOwn || table.reserved + table.departing > 0) throw new Conflict(`${name} is not its own`);
      this.#tables.set(name, { ...table, state: 'dropping' });
    }
    this.#setTenant(tenantId, { removal });
  }

  async undoRemoval({ tenantId }: Tenant, removal: Removal, route: Route) {
    this.#checkRun(tenantId, removal);
    if (this.#routes.records.has(tenantId)) throw new Conflict(`${tenantId} has a route`);
    this.#setTenant(tenantId, { removal: undefined });
    this.#routes.records.set(tenantId, structuredClone(route));
  }

  async endRemoval({ tenantId, table: name }: Tenant, removal: Removal, removed: RemovedTenant) {
    this.#checkRun(tenantId, removal);
    const table = this.#tables.get(name);
    if (!removed.isTableDropped) this.#move(name, 'tenants', 'freeSlots');
    else if (table) this.#tables.set(name, { ...table, state: 'dropped', tenants: 0 });
    else throw new Conflict(`there is no ${name}`);
    this.#tenants.delete(tenantId);
    this.#removed.set(tenantId, structuredClone(removed));
  }

  async removedTenant(tenantId: TenantId) {
    return structuredClone(this.#removed.get(tenantId));
  }

  async setSchoolCount(tenantId: TenantId, { schools, at }: { schools: number; at: EpochMs }) {
    const tenant = this.#tenants.get(tenantId);
    if (tenant && tenant.schoolCountedAt <= at)
      this.#setTenant(tenantId, { schoolCount: schools, schoolCountedAt: at });
  }

  async lockTenant(tenantId: TenantId, migrationId: MigrationId, source: TableName) {
    const tenant = this.#tenants.get(tenantId);
    const migration = this.#migrations.records.get(migrationId);
    if (tenant?.lockedBy && tenant.lockedBy !== migrationId) {
      throw new TenantAlreadyMigrating(`${tenantId} is being migrated by ${tenant.lockedBy}`);
    }
    if (tenant?.removal) throw tenantBeingRemoved(tenant);
    if (tenant?.table !== source) throw new Conflict(`${tenantId} is not in ${source}`);
    if (!migration || isClosed(migration.status) || migration.status === 'rollingBack') {
      throw new Conflict(`cannot lock tenant ${tenantId}: ${migrationId} has ended or is being rolled back`);
    }
    this.#setTenant(tenantId, { lockedBy: migrationId });
    this.#setMigration(migrationId, { locked: true });
  }

  async unlockTenant(tenantId: TenantId, migrationId: MigrationId) {
    if (this.#tenants.get(tenantId)?.lockedBy !== migrationId) return;
    this.#setTenant(tenantId, { lockedBy: undefined });
    this.#setMigration(migrationId, { locked: false });
  }

  async reserveSlot({ migrationId, attempt, status }: Migration, table: TableName) {
    const current = this.#migrations.records.get(migrationId);
    if (current?.registryChange === 'reserved' && current.target.table === table) return true;
    const isAsRead = current?.attempt === attempt && current.status === status;
    if (!isAsRead || current.registryChange !== 'none') throw new Conflict(`${migrationId} has moved on`);
    if (!this.#hasFreeSlot(table)) return false;
    this.#move(table, 'freeSlots', 'reserved');
    this.#setMigration(migrationId, { registryChange: 'reserved', target: { ...current.target, table } });
    return true;
  }

  async setPending(migration: Migration, pending: NonNullable<Tenant['pending']>) {
    this.#step(migration, 'reserved', 'pending', () => {
      this.#checkLock(migration);
      this.#setTenant(migration.tenantId, { pending });
    });
  }

  async confirmMove(migration: Migration, now: EpochMs) {
    this.#step(migration, 'pending', 'confirmed', ({ target }) => {
      this.#checkLock(migration);
      const pending = this.#tenants.get(migration.tenantId)?.pending;
      const moved = { maxSchools: undefined, ...pending, pending: undefined };
      this.#setTenant(migration.tenantId, { ...moved, updatedAt: now, updatedBy: migration.migrationId });
      if (target.table) this.#move(target.table, 'reserved', 'tenants');
      this.#move(migration.source.table, 'tenants', 'departing');
    });
  }

  async reverseMove(migration: Migration, location: NonNullable<Tenant['pending']>, now: EpochMs) {
    this.#step(migration, 'confirmed', 'reserved', ({ target }) => {
      this.#checkLock(migration);
      const reversed = {
        maxSchools: undefined,
        ...location,
        updatedAt: now,
        updatedBy: migration.migrationId,
      };
      this.#setTenant(migration.tenantId, reversed);
      if (target.table) this.#move(target.table, 'tenants', 'reserved');
      this.#move(migration.source.table, 'departing', 'tenants');
    });
  }

  async releaseSource(migration: Migration) {
    const { table, placement } = migration.source;
    this.#step(migration, 'confirmed', 'released', () => {
      const dedicated = placement === 'dedicated' ? this.#tables.get(table) : undefined;
      if (dedicated) this.#tables.set(table, { ...dedicated, state: 'dropped', departing: 0 });
      else this.#move(table, 'departing', 'freeSlots');
    });
  }

  async undoReservation(migration: Migration) {
    const from = this.#migrations.records.get(migration.migrationId)?.registryChange ?? 'none';
    if (from === 'none') return;
    if (from !== 'reserved' && from !== 'pending') throw new Conflict(`only forward from ${from}`);
    this.#step(migration, from, 'none', ({ target }) => {
      this.#setTenant(migration.tenantId, { pending: undefined });
      if (target.table) this.#move(target.table, 'reserved', 'freeSlots');
    });
  }

  #step(
    { migrationId, attempt }: Migration,
    from: RegistryChange,
    to: RegistryChange,
    change: (current: Migration) => void,
  ) {
    const current = this.#migrations.records.get(migrationId);
    if (current?.registryChange === from && current.attempt === attempt) {
      change(current);
      this.#setMigration(migrationId, { registryChange: to });
      return;
    }
    const [there, aim] = [ORDER.indexOf(current?.registryChange ?? from), ORDER.indexOf(to)];
    const isDone = current && (aim > ORDER.indexOf(from) ? there >= aim : there <= aim);
    if (!isDone) throw new Conflict(`${migrationId} can't go from ${from} to ${to}`);
  }

  #checkLock({ tenantId, migrationId }: Migration) {
    if (this.#tenants.get(tenantId)?.lockedBy !== migrationId)
      throw new Conflict(`${tenantId} is not locked`);
  }

  #checkRun(tenantId: TenantId, { runId }: Removal) {
    if (this.#tenants.get(tenantId)?.removal?.runId !== runId)
      throw new Conflict(`another run removes ${tenantId}`);
  }

  #hasFreeSlot(name: TableName): boolean {
    const table = this.#tables.get(name);
    return table?.state === 'active' && table.freeSlots > 0;
  }

  #move(name: TableName, from: Count, to: Count) {
    const table = this.#tables.get(name);
    if (!table || table[from] < 1) throw new Conflict(`${name} has none ${from}`);
    this.#tables.set(name, { ...table, [from]: table[from] - 1, [to]: table[to] + 1 });
  }

  #setTenant(tenantId: TenantId, change: { [F in keyof Tenant]?: unknown }) {
    const tenant = this.#tenants.get(tenantId);
    if (!tenant) throw new Conflict(`there is no tenant ${tenantId}`);
    this.#tenants.set(tenantId, changed(tenant, change));
  }

  #setMigration(migrationId: MigrationId, change: { [F in keyof Migration]?: unknown }) {
    const migration = this.#migrations.records.get(migrationId);
    if (migration) this.#migrations.records.set(migrationId, changed(migration, change));
  }
}
