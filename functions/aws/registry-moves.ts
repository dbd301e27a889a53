import * as z from 'zod';
import type { Clock } from '../migration/clock-port.ts';
import { Conflict } from '../migration/errors.ts';
import type { Migration, RegistryChange } from '../migration/migration.ts';
import type { MigrationId, TableName, TenantId } from '../migration/names.ts';
import { named } from '../migration/record-fields.ts';
import type { RegistryMoves } from '../migration/registry/registry-moves-port.ts';
import { META } from './meta.ts';
import type { Records, TransactionActions } from './records.ts';
import {
  migrationUpdate,
  occupancy,
  type RegistryTables,
  tableUpdate,
  tenantUpdate,
} from './registry-records.ts';
import { readTenant } from './tenants.ts';
import type { UpdateChanges } from './update.ts';

/** States of the registry's change in forward order. If a later one is reached, the earlier steps have been made. */
const FORWARD: readonly RegistryChange[] = ['none', 'reserved', 'pending', 'confirmed', 'released'];

const ChangeInMeta = z.object({
  registryChange: z.enum(FORWARD),
  target: z.object({ table: named.text<TableName>().optional() }),
});

/** True if a step that could not be made had been made before: the change has reached or passed its end, in its direction. */
const isDone = (from: RegistryChange, to: RegistryChange, found: RegistryChange): boolean => {
  const [a, b, c] = [from, to, found].map((change) => FORWARD.indexOf(change));
  if (a === undefined || b === undefined || c === undefined) return false;
  return b > a ? c >= b : c <= b;
};

/** Makes a migration's changes of tenant, tables and its own record, in one transaction each. */
export const registryMovesIn = (records: Records, tables: RegistryTables, clock: Clock): RegistryMoves => {
  const { registry } = tables;
  const moves = new RegistryChanges(records, tables, clock);
  return {
    reserveSlot: (migration, name) => moves.reserve(migration, name),

    setPending: (migration, pending) =>
      moves.step(migration, 'reserved', 'pending', [
        moves.lockedTenant(migration.tenantId, migration.migrationId, { set: { pending } }),
      ]),

    async confirmMove(migration, now) {
      const { tenantId, migrationId, source } = migration;
      const pending = (await readTenant(records, registry, tenantId))?.pending;
      const moved = pending && { maxSchools: undefined, ...pending };
      const set = {
        ...moved,
        pending: undefined,
        updatedAt: now,
        updatedBy: migrationId,
      };
      await moves.step(migration, 'pending', 'confirmed', [
        moves.lockedTenant(tenantId, migrationId, { set, condition: 'attribute_exists(#pending)' }),
        occupancy(registry, await moves.reservedTable(migrationId), 'reserved', 'tenants'),
        occupancy(registry, source.table, 'tenants', 'departing'),
      ]);
    },

    async reverseMove(migration, location, now) {
      const { tenantId, migrationId, source } = migration;
      const set = { maxSchools: undefined, ...location, updatedAt: now, updatedBy: migrationId };
      await moves.step(migration, 'confirmed', 'reserved', [
        moves.lockedTenant(tenantId, migrationId, { set }),
        occupancy(registry, await moves.reservedTable(migrationId), 'tenants', 'reserved'),
        occupancy(registry, source.table, 'departing', 'tenants'),
      ]);
    },

    async releaseSource(migration) {
      const { table: name, placement: kind } = migration.source;
      await moves.step(migration, 'confirmed', 'released', [
        // the name of a dropped table is never used again, so that a late deletion finds no table
        kind === 'dedicated'
          ? tableUpdate(registry, name, {
              set: { state: 'dropped', departing: 0 },
              condition: 'attribute_exists(id)',
            })
          : occupancy(registry, name, 'departing', 'freeSlots'),
      ]);
    },

    async undoReservation(migration) {
      const from = (await moves.read(migration.migrationId))?.registryChange ?? 'none';
      if (from === 'none') return;
      if (from !== 'reserved' && from !== 'pending') {
        throw new Conflict(
          `the registry's change by ${migration.migrationId} is '${from}' and can no longer be undone`,
        );
      }
      await moves.step(migration, from, 'none', [
        tenantUpdate(registry, migration.tenantId, {
          set: { pending: undefined },
          condition: 'attribute_exists(id)',
        }),
        occupancy(registry, await moves.reservedTable(migration.migrationId), 'reserved', 'freeSlots'),
      ]);
    },
  };
};

/** The field `registryChange` of migrations' records, which every step moves in its transaction. */
class RegistryChanges {
  readonly #records: Records;
  readonly #tables: RegistryTables;
  readonly #clock: Clock;

  constructor(records: Records, tables: RegistryTables, clock: Clock) {
    this.#records = records;
    this.#tables = tables;
    this.#clock = clock;
  }

  async read(migrationId: MigrationId): Promise<z.infer<typeof ChangeInMeta> | undefined> {
    const { migrations } = this.#tables;
    return this.#records.parse(
      ChangeInMeta.optional(),
      { table: migrations, key: `${migrationId}/${META}` },
      await this.#records.get(migrations, { migrationId, part: META }),
    );
  }

  /** Reads the reserved table, since the reservation may be later than the caller's copy of the migration. */
  async reservedTable(migrationId: MigrationId): Promise<TableName> {
    const found = await this.read(migrationId);
    if (!found?.target.table) throw new Conflict(`${migrationId} has reserved no table`);
    return found.target.table;
  }

  /** A change of a tenant that the migration has locked. */
  lockedTenant(
    tenantId: TenantId,
    migrationId: MigrationId,
    { set, condition }: Pick<UpdateChanges, 'set' | 'condition'>,
  ): TransactionActions[number] {
    return tenantUpdate(this.#tables.registry, tenantId, {
      set,
      condition: ['#lockedBy = :me', ...(condition === undefined ? [] : [condition])].join(' AND '),
      names: { '#lockedBy': 'lockedBy' },
      values: { ':me': migrationId },
    });
  }

  /** Makes one step of the registry's change, exactly once. @throws Conflict if it cannot be made */
  async step(
    { migrationId, attempt }: Migration,
    from: RegistryChange,
    to: RegistryChange,
    also: TransactionActions,
  ): Promise<void> {
    const change = this.#change(migrationId, {
      set: { registryChange: to },
      condition: '#registryChange = :from AND #attempt = :attempt',
      names: { '#attempt': 'attempt' },
      values: { ':from': from, ':attempt': attempt },
    });
    const failed = await this.#records.transact([change, ...also]);
    if (failed.length === 0) return;
    const found = (await this.read(migrationId))?.registryChange;
    if (found !== undefined && isDone(from, to, found)) return;
    throw new Conflict(
      `the registry's change by ${migrationId} is '${found}' and could not go from '${from}' to '${to}'`,
    );
  }

  /** @returns false if the table has no free slot. @throws Conflict */
  async reserve({ migrationId, attempt, status }: Migration, name: TableName): Promise<boolean> {
    const failed = await this.#records.transact([
      occupancy(this.#tables.registry, name, 'freeSlots', 'reserved', ' AND #state = :active'),
      this.#change(migrationId, {
        set: { registryChange: 'reserved', 'target.table': name },
        // checks the status, too: a late call must not reserve a slot after the rollback has released it
        condition: '#registryChange = :none AND #attempt = :attempt AND #status = :status',
        names: { '#attempt': 'attempt', '#status': 'status' },
        values: { ':none': 'none', ':attempt': attempt, ':status': status },
      }),
    ]);
    if (!failed.includes(1)) return failed.length === 0;
    const found = await this.read(migrationId);
    if (found?.registryChange === 'reserved' && found.target.table === name) return true;
    throw new Conflict(`${migrationId} has reserved a slot in another table, or its status has changed`);
  }

  #change(migrationId: MigrationId, changes: UpdateChanges): TransactionActions[number] {
    return migrationUpdate(this.#tables.migrations, migrationId, this.#clock.now(), changes);
  }
}
