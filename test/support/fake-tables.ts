import { TableInUse, TableNotFound } from '../../functions/migration/errors.ts';
import { DEFAULT_LAYOUT, type KeyLayout } from '../../functions/migration/items/key-layout.ts';
import { isSentinelItem } from '../../functions/migration/items/sentinel.ts';
import type { TableName, TenantId } from '../../functions/migration/names.ts';
import {
  type BackupState,
  capacityOf,
  type TableAdmin,
  type TableCapacity,
  type TableDescription,
  type TableIntegrations,
} from '../../functions/migration/provision/tables-port.ts';
import { type TableDesign, tierTableKeys } from '../../functions/migration/settings/settings.ts';
import { changed } from './fake-migrations.ts';
import { FakePartition } from './fake-partition.ts';

/** Delays of DynamoDB's control plane, as numbers of calls. */
interface Lateness {
  /** Number of calls of `configure` that refuse recovery, as on a new table. */
  readonly recoveryRefused?: number;
  /** Number of calls of `describe` that show recovery as ENABLING after it was turned on. */
  readonly recoveryEnabling?: number;
  /** Number of calls of `backup` that show a new backup as CREATING. */
  readonly backupCreating?: number;
}

/**
 * Tier tables in memory, with their partitions. A new table is CREATING at the first call of `describe`. A table cannot be
 * deleted while a backup of it is being made, and cannot have two backups in progress.
 */
export class FakeTables implements TableAdmin {
  readonly #tables = new Map<TableName, TableDescription>();
  readonly #integrations = new Map<TableName, TableIntegrations>();
  readonly #partitions = new Map<TenantId, FakePartition>();
  /** All backups ever begun, by ARN, with table, name, and the number of calls that still show them as CREATING. */
  readonly backups = new Map<
    string,
    { readonly table: TableName; readonly name: string; creating: number }
  >();
  #late = { recoveryRefused: 0, recoveryEnabling: 0, backupCreating: 0 };

  /** Sets the delays. */
  beLate(late: Lateness): void {
    this.#late = { ...this.#late, ...late };
  }

  /** The keys of the tables. */
  layout: KeyLayout = DEFAULT_LAYOUT;

  partition(tenantId: TenantId): FakePartition {
    const found = this.#partitions.get(tenantId) ?? new FakePartition(tenantId, ...this.#tables.keys());
    found.layout = this.layout;
    this.#partitions.set(tenantId, found);
    return found;
  }

  async describe(table: TableName): Promise<TableDescription | undefined> {
    const found = this.#tables.get(table);
    if (!found) return undefined;
    const isLate = found.pointInTimeRecovery === 'enabling' && this.#late.recoveryEnabling-- > 0;
    const recovery = found.pointInTimeRecovery === 'enabling' && !isLate ? true : found.pointInTimeRecovery;
    this.#tables.set(table, { ...found, status: 'ACTIVE', pointInTimeRecovery: recovery });
    // TTL and recovery show once the table is ACTIVE
    const { ttlAttribute: _, ...coming } = { ...found, pointInTimeRecovery: 'unknown' as const };
    return structuredClone(
      found.status === 'CREATING' ? coming : { ...found, pointInTimeRecovery: recovery },
    );
  }

  async capacity(table: TableName): Promise<TableCapacity | undefined> {
    const found = this.#tables.get(table);
    return found && structuredClone(capacityOf(found));
  }

  async integrations(table: TableName) {
    return this.#tables.has(table)
      ? structuredClone(this.#integrations.get(table) ?? { kinesisStreams: [] })
      : undefined;
  }

  /** Changes a table without Tierferry, as an operator does. `undefined` removes a property. */
  alter(table: TableName, change: { readonly [Field in keyof TableDescription]?: unknown }): void {
    this.#tables.set(table, changed(this.#table(table), change));
  }

  connect(table: TableName, integrations: TableIntegrations): void {
    this.#integrations.set(table, structuredClone(integrations));
  }

  async create(table: TableName, design: TableDesign) {
    if (this.#tables.has(table)) return;
    this.#tables.set(table, {
      status: 'CREATING',
      ...tierTableKeys(design),
      indexes: design.indexes.map((index) => ({ ...index, active: true })),
      hasLocalIndexes: false,
      streamView: design.streamView,
      ...(design.kmsKeyArn === undefined ? {} : { kmsKeyArn: design.kmsKeyArn }),
      pointInTimeRecovery: false,
      deletionProtection: design.deletionProtection,
    });
    for (const partition of this.#partitions.values()) partition.tables.set(table, new Map());
  }

  async configure(table: TableName, { ttlAttribute, pointInTimeRecovery }: TableDesign) {
    const found = this.#table(table);
    const isOn = found.pointInTimeRecovery === true || found.pointInTimeRecovery === 'enabling';
    const isRefused = pointInTimeRecovery && !isOn && this.#late.recoveryRefused-- > 0;
    const recovery = this.#late.recoveryEnabling > 0 ? 'enabling' : true;
    this.#tables.set(table, {
      ...found,
      ...(ttlAttribute === undefined ? {} : { ttlAttribute }),
      pointInTimeRecovery: pointInTimeRecovery && !isOn && !isRefused ? recovery : found.pointInTimeRecovery,
    });
    return !isRefused;
  }

  async backUp(table: TableName, name: string): Promise<string | undefined> {
    this.#table(table);
    const known = [...this.backups].find(([, one]) => one.table === table && one.name === name);
    if (known) return known[0];
    if (this.#isBackedUp(table)) throw new TableInUse(`a backup of ${table} is being made`);
    const arn = `arn:aws:dynamodb:us-east-1:000000000000:table/${table}/backup/${this.backups.size + 1}`;
    this.backups.set(arn, { table, name, creating: this.#late.backupCreating });
    return arn;
  }

  async backup(arn: string): Promise<BackupState> {
    const found = this.backups.get(arn);
    if (!found) return 'gone';
    const isCreating = found.creating > 0;
    if (isCreating) found.creating -= 1;
    return isCreating ? 'creating' : 'available';
  }

  async delete(table: TableName) {
    if (this.#isBackedUp(table)) throw new TableInUse(`a backup of ${table} is being made`);
    this.#tables.delete(table);
    for (const partition of this.#partitions.values()) partition.tables.delete(table);
  }

  async isEmpty(table: TableName) {
    this.#table(table);
    const items = [...this.#partitions.values()].flatMap((partition) => [
      ...(partition.tables.get(table)?.values() ?? []),
    ]);
    return items.every((item) => isSentinelItem(item, this.layout));
  }

  #isBackedUp(table: TableName): boolean {
    return [...this.backups.values()].some((one) => one.table === table && one.creating > 0);
  }

  #table(table: TableName): TableDescription {
    const found = this.#tables.get(table);
    if (!found) throw new TableNotFound(`there is no table ${table}`, { table });
    return found;
  }
}
