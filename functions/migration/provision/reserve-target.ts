import { Conflict, NoRoom } from '../errors.ts';
import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { newTable } from '../registry/new-table.ts';
import type { TierTable } from '../registry/records.ts';
import { tierOf } from '../settings.ts';
import { chooseTable, unownedTable } from './choose-table.ts';

/** How often another migration may take the last room before this one gives up for now. */
const TRIES = 10;

/**
 * Takes room in a table of the target tier. The clean-up record comes first, so that a roll-back knows of the table
 * whatever happens next. @throws NoRoom if other migrations were faster every time, or if a table that no record
 * says is the tenant's has the name of its own.
 */
export const reserveTarget = async (ports: Ports, migration: Migration): Promise<void> => {
  if (migration.registryChange !== 'none') return;
  for (let tried = 0; tried < TRIES; tried += 1) {
    if (await tryToReserve(ports, migration)) return;
  }
  throw new NoRoom(
    `no room for a tenant in tier ${migration.target.tier} after ${TRIES} tries; retry the migration`,
  );
};

const tryToReserve = async (ports: Ports, migration: Migration): Promise<boolean> => {
  const tier = tierOf(ports.settings, migration.target.tier);
  if (!tier) throw new NoRoom(`tier ${migration.target.tier} is not in the catalogue any more`);
  const { placement } = migration.target;
  const { table, isRegistered } = chooseTable(
    ports.settings,
    { tenantId: migration.tenantId, tier, placement, leaves: migration.source.table },
    await ports.registry.allTables(),
  );
  const before = await ports.migrations.cleanUp(migration.migrationId);
  if (before?.table !== table) {
    const exists = (await ports.tables.describe(table)) !== undefined;
    if (exists && !isRegistered && placement === 'dedicated')
      throw new NoRoom(`${unownedTable(table)}; find out whose it is, then register or delete it`);
    await ports.migrations.chooseTarget(migration, { table, createsTable: !exists });
  }
  if (!isRegistered) {
    const { tenantId, migrationId } = migration;
    const added = newTable(tier, table, placement === 'dedicated' ? { tenantId } : undefined);
    await registerOnce(ports, { ...added, createdBy: migrationId });
  }
  return ports.registry.reserve(migration, table);
};

const registerOnce = async (ports: Ports, table: TierTable): Promise<void> => {
  try {
    await ports.registry.addTable(table);
  } catch (error) {
    // another migration was faster: its record serves both
    if (!(error instanceof Conflict)) throw error;
  }
};
