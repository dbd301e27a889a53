import { isClosed } from '../life-cycle.ts';
import type { Migration } from '../migration.ts';
import type { MigrationId, TableName, TenantId } from '../names.ts';
import type { Tenant } from '../registry/tenant.ts';
import type { TierTable } from '../registry/tier-table.ts';
import type { Route } from '../route/route.ts';
import { Occupancy } from './check-tables.ts';
import type { ControlRecord, ControlRecords, Damage } from './control-records.ts';

/** Extract of one tenant's records that a survey keeps in memory: a few hundred bytes per tenant. */
interface Sketch {
  tenant?: Pick<Tenant, 'table' | 'lockedBy' | 'pending'>;
  route?: Pick<Route, 'table' | 'fence' | 'capture' | 'leaseMs'>;
  latest?: MigrationId;
  newest?: Pick<Migration, 'migrationId' | 'status' | 'source' | 'target'>;
  readonly open: MigrationId[];
}

const TABLES = ['registry', 'routes', 'migrations', 'journal'] as const;

/** Extract of all records of the control tables, from one reading during which they may change. */
export class Survey {
  readonly sketches = new Map<TenantId, Sketch>();
  readonly tables: TierTable[] = [];
  readonly damages: Damage[] = [];
  readonly journalled = new Map<MigrationId, number>();
  readonly openDryRuns: Migration[] = [];
  readonly occupancy = new Occupancy();
  /** Tables of open migrations. */
  readonly busy = new Set<TableName>();
  records = 0;

  /** @param onRecord receives the number of records read so far. */
  static async read(control: ControlRecords, onRecord: (records: number) => void): Promise<Survey> {
    const survey = new Survey();
    for (const table of TABLES)
      for await (const found of control.all(table)) {
        survey.records += 1;
        survey.#add(found);
        onRecord(survey.records);
      }
    return survey;
  }

  /** Returns the tenants that are migrating or inconsistent. The caller reads each of them again. */
  suspects(shortLeaseMs: number): TenantId[] {
    return [...this.sketches].filter(([, one]) => !isAtRest(one, shortLeaseMs)).map(([tenantId]) => tenantId);
  }

  /** Returns the migrations of a tenant that its check needs in addition to those that its records name. */
  idsOf(tenantId: TenantId): readonly MigrationId[] {
    const { open = [], newest } = this.sketches.get(tenantId) ?? {};
    return [...open, ...(newest ? [newest.migrationId] : [])];
  }

  #add(found: ControlRecord): void {
    switch (found.kind) {
      case 'tenant':
        this.#sketch(found.tenant.tenantId).tenant = pick(found.tenant, ['table', 'lockedBy', 'pending']);
        this.occupancy.addTenant(found.tenant);
        break;
      case 'table':
        this.tables.push(found.table);
        break;
      case 'route':
        this.#sketch(found.route.tenantId).route = pick(found.route, [
          'table',
          'fence',
          'capture',
          'leaseMs',
        ]);
        break;
      case 'migration':
        this.#addMigration(found.migration);
        break;
      case 'latest':
        this.#sketch(found.tenantId).latest = found.migrationId;
        break;
      case 'journalEntry':
        this.journalled.set(found.migrationId, (this.journalled.get(found.migrationId) ?? 0) + 1);
        break;
      case 'damaged':
        this.damages.push(found.damage);
        if (found.damage.tenantId !== undefined) this.#sketch(found.damage.tenantId);
        break;
      case 'other':
    }
  }

  #addMigration(migration: Migration): void {
    const { migrationId, tenantId, status, dryRun, source, target } = migration;
    const isOpen = !isClosed(status);
    if (dryRun) {
      if (isOpen) this.openDryRuns.push(migration);
      return;
    }
    this.occupancy.addMigration(migration);
    const sketch = this.#sketch(tenantId);
    if (!sketch.newest || sketch.newest.migrationId < migrationId)
      sketch.newest = pick(migration, ['migrationId', 'status', 'source', 'target']);
    if (!isOpen) return;
    sketch.open.push(migrationId);
    this.busy.add(source.table);
    if (target.table !== undefined) this.busy.add(target.table);
  }

  #sketch(tenantId: TenantId): Sketch {
    const sketch = this.sketches.get(tenantId) ?? { open: [] };
    this.sketches.set(tenantId, sketch);
    return sketch;
  }
}

const pick = <T, Key extends keyof T>(from: T, keys: readonly Key[]): Pick<T, Key> =>
  Object.fromEntries(keys.map((key) => [key, from[key]])) as Pick<T, Key>;

const isAtRest = ({ tenant, route, latest, newest, open }: Sketch, shortLeaseMs: number): boolean => {
  if (!tenant || !route || open.length > 0 || latest !== newest?.migrationId) return false;
  if (tenant.lockedBy !== undefined || tenant.pending || route.fence || route.capture) return false;
  return tenant.table === route.table && route.leaseMs > shortLeaseMs;
};
