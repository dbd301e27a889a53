import { isSentinelItem } from '../../functions/migration/capture/sentinel.ts';
import { TableNotFound } from '../../functions/migration/errors.ts';
import type { TableName, TenantId } from '../../functions/migration/names.ts';
import type { TableAdmin, TableDescription, TableIntegrations } from '../../functions/migration/ports.ts';
import { type TableDesign, TIER_TABLE_KEYS } from '../../functions/migration/settings.ts';
import { changed } from './fake-migrations.ts';
import { FakePartition } from './fake-partition.ts';

/** Tier tables in memory, and the partitions in them. A new table is CREATING when first looked at. */
export class FakeTables implements TableAdmin {
  readonly #tables = new Map<TableName, TableDescription>();
  readonly #integrations = new Map<TableName, TableIntegrations>();
  readonly #partitions = new Map<TenantId, FakePartition>();

  partition(tenantId: TenantId): FakePartition {
    const found = this.#partitions.get(tenantId) ?? new FakePartition(tenantId, ...this.#tables.keys());
    this.#partitions.set(tenantId, found);
    return found;
  }

  async describe(table: TableName) {
    const found = this.#tables.get(table);
    if (found) this.#tables.set(table, { ...found, status: 'ACTIVE' });
    return structuredClone(found);
  }

  async integrations(table: TableName) {
    return this.#tables.has(table)
      ? structuredClone(this.#integrations.get(table) ?? { kinesisStreams: [] })
      : undefined;
  }

  /** Changes a table as an operator does outside of Tierferry; `undefined` removes a property. */
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
      ...TIER_TABLE_KEYS,
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
    this.#tables.set(table, {
      ...found,
      ...(ttlAttribute === undefined ? {} : { ttlAttribute }),
      pointInTimeRecovery,
    });
  }

  async backUp(table: TableName, name: string) {
    this.#table(table);
    return `arn:aws:dynamodb:us-east-1:000000000000:table/${table}/backup/${name}`;
  }

  async delete(table: TableName) {
    this.#tables.delete(table);
    for (const partition of this.#partitions.values()) partition.tables.delete(table);
  }

  async isEmpty(table: TableName) {
    this.#table(table);
    const items = [...this.#partitions.values()].flatMap((partition) => [
      ...(partition.tables.get(table)?.values() ?? []),
    ]);
    return items.every(isSentinelItem);
  }

  #table(table: TableName): TableDescription {
    const found = this.#tables.get(table);
    if (!found) throw new TableNotFound(`there is no table ${table}`);
    return found;
  }
}
