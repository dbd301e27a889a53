import { isClosed } from '../life-cycle.ts';
import type { Migration } from '../migration.ts';
import type { TableName } from '../names.ts';
import type { TableDescription } from '../ports.ts';
import type { Tenant, TierTable } from '../registry/records.ts';
import { type Settings, tierOf } from '../settings.ts';
import type { Counts } from './control-records.ts';
import type { Finding, Next } from './finding.ts';

/** How many tenants the other records put into each table. */
export class Occupancy {
  readonly #counts = new Map<TableName, Omit<Counts, 'room'>>();

  addTenant({ table }: Pick<Tenant, 'table'>): void {
    this.#add(table, 'tenants');
  }

  /** What an open migration has reserved, or has not released yet. A closed one holds nothing. */
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

/** Finds a table's counts that the records of tenants and migrations contradict. */
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
    what: `Table ${table} is recorded with ${inWords(found)}, and the tenants and migrations add up to ${inWords(wanted)}.`,
    next: { action: 'mend', mend: { kind: 'setCounts', table: found, counts } },
  };
};

const inWords = ({ tenants, reserved, leaving }: Omit<Counts, 'room'>): string =>
  `${tenants} tenants, ${reserved} reserved and ${leaving} leaving`;

/**
 * Finds a table whose state differs from what DynamoDB has.
 * @param busy tables that an open migration creates, fills, empties or drops.
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
    return leftOver('table-dropping', `Table ${table} is recorded as being dropped, and is gone.`, {
      action: 'mend',
      mend: { kind: 'markDropped', table },
    });
  if (!described && state !== 'dropped')
    return {
      ...leftOver(
        'table-gone',
        `Table ${table} is registered as ${state}, and DynamoDB has no such table.`,
        isEmpty
          ? { action: 'mend', mend: { kind: 'markDropped', table } }
          : { action: 'byHand', todo: `Restore table ${table} from a backup: tenants are registered in it.` },
      ),
      severity: isEmpty ? 'leftOver' : 'stop',
    };
  if (!described || described.status === 'DELETING' || adopted) return undefined;
  const next: Next = {
    action: 'byHand',
    todo: `Look into table ${table}; if it holds no items that you need, delete it with 'aws dynamodb delete-table --table-name ${table}'.`,
  };
  if (placement === 'dedicated' && isEmpty && state === 'active')
    return leftOver(
      'table-left',
      `Table ${table} is for one tenant, and no tenant is registered in it.`,
      next,
    );
  if (state !== 'dropping' && state !== 'dropped') return undefined;
  return leftOver('table-left', `Table ${table} is recorded as ${state}, and DynamoDB still has it.`, next);
};
