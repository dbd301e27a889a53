import { isClosed } from '../life-cycle.ts';
import type { Migration } from '../migration.ts';
import type { TableName } from '../names.ts';
import type { TableDescription } from '../ports.ts';
import type { Tenant, TierTable } from '../registry/records.ts';
import { type Settings, tierOf } from '../settings.ts';
import type { Counts } from './control-records.ts';
import type { Finding, Next } from './finding.ts';

/** Counts the tenants of each table by the records of tenants and migrations. */
export class Occupancy {
  readonly #counts = new Map<TableName, Omit<Counts, 'room'>>();

  addTenant({ table }: Pick<Tenant, 'table'>): void {
    this.#add(table, 'tenants');
  }

  /** Counts the slots that an open migration has reserved, or has not released yet. A closed migration has none. */
  addMigration({ status, registryChange, source, target }: Migration): void {
    if (isClosed(status)) return;
    if (registryChange === 'confirmed') this.#add(source.table, 'leaving');
    if ((registryChange === 'reserved' || registryChange === 'pending') && target.table !== undefined)
      this.#add(target.table, 'reserved');
  }

  of(table: TableName): Omit<Counts, 'room'> {
    return this.#counts.get(table) ?? { tenants: 0, reserved: 0, leaving: 0 };
  }

  #add(table: TableName, count: keyof Omit<Counts, 'room'>): void {
    const before = this.of(table);
    this.#counts.set(table, { ...before, [count]: before[count] + 1 });
  }
}

/** Reports a table whose counts differ from the records of tenants and migrations. */
export const checkCounts = (
  found: TierTable,
  occupancy: Occupancy,
  settings: Settings,
): Finding | undefined => {
  const { table, tier, placement, tenants, reserved, leaving, state } = found;
  const wanted = occupancy.of(table);
  const isSame = tenants === wanted.tenants && reserved === wanted.reserved && leaving === wanted.leaving;
  if (isSame) return undefined;
  const sum = wanted.tenants + wanted.reserved + wanted.leaving;
  const known = placement === 'dedicated' ? 1 : tierOf(settings, tier)?.maxTenants;
  const limit = known ?? found.room + tenants + reserved + leaving;
  const counts: Counts = { ...wanted, room: state === 'dropped' ? 0 : limit - sum };
  return {
    id: `counts-wrong/${table}`,
    severity: 'leftOver',
    table,
    what: `The record of table ${table} counts ${inWords(found)}, but the records of tenants and migrations add up to ${inWords(wanted)}.`,
    next: { action: 'mend', mend: { kind: 'setCounts', table: found, counts } },
  };
};

const inWords = ({ tenants, reserved, leaving }: Omit<Counts, 'room'>): string =>
  `${tenants} tenants, ${reserved} reserved and ${leaving} leaving`;

/**
 * Reports a table whose recorded state differs from its state in DynamoDB.
 * @param busy tables that an open migration creates, fills, empties or deletes, which are not checked.
 */
export const checkTable = (
  { table, state, placement, tenants, reserved, leaving, adopted }: TierTable,
  described: TableDescription | undefined,
  busy: ReadonlySet<TableName>,
): Finding | undefined => {
  if (busy.has(table)) return undefined;
  const leftOver = (code: string, what: string, next: Next): Finding => ({
    id: `${code}/${table}`,
    severity: 'leftOver',
    table,
    what,
    next,
  });
  const isEmpty = tenants + reserved + leaving === 0;
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
          : { action: 'byHand', todo: `Tenants are registered in table ${table}: restore it from a backup.` },
      ),
      severity: isEmpty ? 'leftOver' : 'stop',
    };
  if (!described || described.status === 'DELETING' || adopted) return undefined;
  const next: Next = {
    action: 'byHand',
    todo: `Check the items of table ${table}. If none of them is needed, delete the table: 'aws dynamodb delete-table --table-name ${table}'.`,
  };
  if (placement === 'dedicated' && isEmpty && state === 'active')
    return leftOver(
      'table-left',
      `Table ${table} is a dedicated table, but no tenant is registered in it.`,
      next,
    );
  if (state !== 'dropping' && state !== 'dropped') return undefined;
  return leftOver(
    'table-left',
    `Table ${table} is recorded as ${state}, but still exists in DynamoDB.`,
    next,
  );
};
