import { InvalidRequest } from '../errors.ts';
import { type TableName, type TenantId, tableName } from '../names.ts';
import type { Ports } from '../ports.ts';
import { nextSharedTable } from '../provision/choose-table.ts';
import { newTable } from '../registry/new-table.ts';
import type { TierTable } from '../registry/tier-table.ts';
import { type Tier, tierOf } from '../settings/settings.ts';
import type { AuditNote } from './audit-note.ts';
import { ensureTable } from './ensure-table.ts';

/**
 * Creates the next shared table of a tier and registers it, so that no migration has to wait for its creation.
 * @param existing an existing table of the application, to be registered instead.
 * @param note the operator and the reason, to be recorded with it.
 * @throws InvalidRequest if the tier is not in the catalogue, or has no shared tables
 * @throws Conflict if another process has registered the table meanwhile
 * @throws NoFreeSlot, NotSafe as `ensureTable` does
 */
export const addTable = async (
  ports: Ports,
  tierName: string,
  existing?: string,
  note?: AuditNote,
): Promise<TierTable> => {
  const tier = tierOf(ports.settings, tierName);
  if (tier?.placement !== 'shared') {
    const shared = ports.settings.tiers.filter(({ placement }) => placement === 'shared');
    throw new InvalidRequest(
      `tier '${tierName}' ${tier ? 'has no shared tables' : 'is not in the catalogue'}. Nothing was changed. Tiers with shared tables: ${shared.map(({ name }) => name).join(', ')}`,
    );
  }
  const noted = note ? { operatorNote: { ...note, at: ports.clock.now() } } : {};
  if (existing !== undefined) return adoptTable(ports, tier, tableName(existing), undefined, noted);
  const registered = await ports.registry.allTables();
  const added = { ...newTable(tier, nextSharedTable(ports.settings, tier.name, registered)), ...noted };
  await ensureTable(ports, added.table);
  await ports.registry.addTable(added);
  return added;
};

/**
 * Registers an existing table of the application under its own name. It may contain other items too, so it is never deleted.
 * @param owner the tenant of a dedicated table; absent for a shared one.
 * @throws InvalidRequest if the table does not exist
 * @throws Conflict if it is registered already
 * @throws NoFreeSlot, NotSafe as `ensureTable` does
 */
export const adoptTable = async (
  ports: Ports,
  tier: Tier,
  table: TableName,
  owner?: { readonly tenantId: TenantId },
  noted: Pick<TierTable, 'operatorNote'> = {},
): Promise<TierTable> => {
  await checkExists(ports, tier, table);
  await ensureTable(ports, table, { isAdopted: true });
  const adopted: TierTable = { ...newTable(tier, table, owner), isAdopted: true, ...noted };
  await ports.registry.addTable(adopted);
  return adopted;
};

/** @throws InvalidRequest if a table to be registered by name does not exist */
export const checkExists = async (
  { tables }: Pick<Ports, 'tables'>,
  tier: Tier,
  table: TableName,
): Promise<void> => {
  if (await tables.describe(table)) return;
  throw new InvalidRequest(
    `table ${table} does not exist. Nothing was changed. Give no name to have a table created`,
    { facts: { table, tier: tier.name }, next: { action: 'add-table', tier: tier.name } },
  );
};
