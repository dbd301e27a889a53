import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { cleanUpRecord } from '../provision/create-target-table.ts';
import { homeIn } from './home-in.ts';

/** Writes the tenant's tier, placement and table of the target to the registry, as pending until the flip. */
export const updateTenantRegistry = async (ports: Ports, migration: Migration): Promise<void> => {
  const { table } = await cleanUpRecord(ports, migration);
  await ports.registry.pend(migration, homeIn(ports.settings, { ...migration.target, table }));
  const now = ports.clock.now();
  await ports.migrations.stage(migration.migrationId, 'registry', { endedAt: now });
  await ports.migrations.stage(migration.migrationId, 'flip', { startedAt: now });
};
