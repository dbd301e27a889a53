import { Conflict, NoFreeSlot } from '../errors.ts';
import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { newTable } from '../registry/new-table.ts';
import type { TierTable } from '../registry/tier-table.ts';
import { tierOf } from '../settings/settings.ts';
import { chooseTable, unownedTableText } from './choose-table.ts';

/** Number of tries to reserve a slot. Each can fail because another migration takes a table's last free slot. */
const TRIES = 10;

/**
 * Reserves a slot in a table of the target tier. Writes the undo record first, so that a rollback knows the table even if
 * this step dies afterwards.
 * @throws NoFreeSlot if other migrations took the last slot in every try, or if an unregistered table has the name of the
 *   tenant's dedicated table
 */
export const reserveTarget = async (ports: Ports, migration: Migration): Promise<void> => {
  if (migration.registryChange !== 'none') return;
  for (let tried = 0; tried < TRIES; tried += 1) {
    if (await tryToReserve(ports, migration)) return;
  }
  throw new NoFreeSlot(
    `cannot reserve a slot in a table of tier ${migration.target.tier}: other migrations took the last free slot ${TRIES} times. Nothing was copied. Retry the migration`,
  );
};

const tryToReserve = async (ports: Ports, migration: Migration): Promise<boolean> => {
  const tier = tierOf(ports.settings, migration.target.tier);
  if (!tier)
    throw new NoFreeSlot(
      `tier ${migration.target.tier} is not in the catalogue any more. Nothing was copied. Add it to the catalogue and retry, or request another tier`,
    );
  const { placement } = migration.target;
  const { table, isRegistered } = chooseTable(
    ports.settings,
    { tenantId: migration.tenantId, tier, placement, leaves: migration.source.table },
    await ports.registry.allTables(),
  );
  const before = await ports.migrations.undoRecord(migration.migrationId);
  if (before?.table !== table) {
    const exists = (await ports.tables.describe(table)) !== undefined;
    if (exists && !isRegistered && placement === 'dedicated')
      throw new NoFreeSlot(
        `${unownedTableText(table)}. Nothing was copied. Find out what the table is for and delete or register it, then retry`,
      );
    await ports.migrations.chooseTarget(migration, { table, createsTable: !exists });
  }
  if (!isRegistered) {
    const { tenantId, migrationId } = migration;
    const added = newTable(tier, table, placement === 'dedicated' ? { tenantId } : undefined);
    await registerOnce(ports, { ...added, createdBy: migrationId });
  }
  return ports.registry.reserveSlot(migration, table);
};

const registerOnce = async (ports: Ports, table: TierTable): Promise<void> => {
  try {
    await ports.registry.addTable(table);
  } catch (error) {
    // another migration has registered the table first; its record serves both
    if (!(error instanceof Conflict)) throw error;
  }
};
