import { counted } from '../counted.ts';
import { isClosed } from '../life-cycle.ts';
import type { Migration } from '../migration.ts';
import type { TableName } from '../names.ts';
import type { TableDescription } from '../provision/tables-port.ts';
import type { Tenant } from '../registry/tenant.ts';
import type { TierTable } from '../registry/tier-table.ts';
import { type Settings, tierOf } from '../settings/settings.ts';
import type { Counts } from './control-records.ts';
import type { DoctorFinding, Next } from './finding.ts';

/** Counts the tenants of each table by the records of tenants and migrations. */
export class Occupancy {
  readonly #counts = new Map<TableName, Omit<Counts, 'freeSlots'>>();

  addTenant({ table }: Pick<Tenant, 'table'>): void {
    this.#add(table, 'tenants');
  }

  /** Counts the slots that an open migration has reserved, or has not released yet. A closed migration has none. */
  addMigration({ status, registryChange, source, target }: Migration): void {
    if (isClosed(status)) return;
    if (registryChange === 'confirmed') this.#add(source.table, 'departing');
    if ((registryChange === 'reserved' || registryChange === 'pending') && target.table !== undefined)
      this.#add(target.table, 'reserved');
  }

  of(table: TableName): Omit<Counts, 'freeSlots'> {
    return this.#counts.get(table) ?? { tenants: 0, reserved: 0, departing: 0 };
  }

  #add(table: TableName, count: keyof Omit<Counts, 'freeSlots'>): void {
    const before = this.of(table);
    this.#counts.set(table, { ...before, [count]: before[count] + 1 });
  }
}

/** Reports a table whose counts differ from the records of tenants and migrations. */
export const checkCounts = (
  found: TierTable,
  occupancy: Occupancy,
  settings: Settings,
): DoctorFinding | undefined => {
  const { table, tier, placement, tenants, reserved, departing, state } = found;
  const wanted = occupancy.of(table);
  const isSame = tenants === wanted.tenants && reserved === wanted.reserved && departing === wanted.departing;
  if (isSame) return undefined;
  const sum = wanted.tenants + wanted.reserved + wanted.departing;
  const known = placement === 'dedicated' ? 1 : tierOf(settings, tier)?.maxTenants;
  const limit = known ?? found.freeSlots + tenants + reserved + departing;
  const counts: Counts = { ...wanted, freeSlots: state === 'dropped' ? 0 : limit - sum };
  return {
    id: `counts-wrong/${table}`,
    severity: 'leftOver',
    table,
    what: `The record of table ${table} counts ${inWords(found)}, but the records of tenants and migrations add up to ${inWords(wanted)}.`,
    next: { action: 'mend', mend: { kind: 'setCounts', table: found, counts } },
  };
};

const inWords = ({ tenants, reserved, departing }: Omit<Counts, 'freeSlots'>): string =>
  `${counted(tenants, 'tenant')}, ${reserved} reserved and ${departing} leaving`;

/**
 * Reports a table whose recorded state differs from its state in DynamoDB.
 * @param busy tables that an open migration creates, fills, empties or deletes, which are not checked.
 */
export const checkTable = (
  { table, state, placement, tenantId, tenants, reserved, departing, isAdopted }: TierTable,
  described: TableDescription | undefined,
  busy: ReadonlySet<TableName>,
): DoctorFinding | undefined => {
  if (busy.has(table)) return undefined;
  const leftOver = (code: string, what: string, next: Next): DoctorFinding => ({
    id: `${code}/${table}`,
    severity: 'leftOver',
    table,
    what,
    next,
  });
  const isEmpty = tenants + reserved + departing === 0;
  if (!described && state === 'dropping')
    return leftOver(
      'table-dropping',
      `Table ${table} is recorded as being deleted, but does not exist any more.`,
      {
        action: 'mend',
        mend: { kind: 'markDropped', table },
      },
    );
  if (!described && state !== 'dropped')
    return {
      ...leftOver(
        'table-gone',
        `Table ${table} is registered as ${state}, but does not exist in DynamoDB.`,
        isEmpty
          ? { action: 'mend', mend: { kind: 'markDropped', table } }
          : {
              action: 'by-hand',
              todo: `Tenants are registered in table ${table}: restore it under its name from a backup. If their items are not needed any more, remove these tenants instead, then run the doctor again.`,
            },
      ),
      severity: isEmpty ? 'leftOver' : 'stop',
    };
  if (!described || described.status === 'DELETING' || isAdopted) return undefined;
  const next: Next = {
    action: 'by-hand',
    todo: `Check the items of table ${table}. If none of them is needed, delete the table in DynamoDB.`,
  };
  if (placement === 'dedicated' && isEmpty && state === 'active')
    return leftOver(
      'table-left',
      `Table ${table} is the dedicated table of tenant ${tenantId}, but the tenant is not registered in it.`,
      {
        action: 'by-hand',
        todo: `If the registration of tenant ${tenantId} was interrupted, repeat it: it continues with this table. Otherwise check the items of the table. If none of them is needed, delete the table in DynamoDB.`,
      },
    );
  if (state !== 'dropping' && state !== 'dropped') return undefined;
  return leftOver(
    'table-left',
    `Table ${table} is recorded as ${state}, but still exists in DynamoDB.`,
    next,
  );
};
