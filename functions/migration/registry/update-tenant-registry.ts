import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { cleanUpRecord } from '../provision/create-target-table.ts';
import { tierOf } from '../settings.ts';

/** Writes what the registry will say after the flip, as pending. */
export const updateTenantRegistry = async (ports: Ports, migration: Migration): Promise<void> => {
  const { table } = await cleanUpRecord(ports, migration);
  const { tier, placement } = migration.target;
  const maxSchools = tierOf(ports.settings, tier)?.maxSchools;
  await ports.registry.pend(migration, {
    tier,
    placement,
    table,
    ...(maxSchools === undefined ? {} : { maxSchools }),
  });
  const now = ports.clock.now();
  await ports.migrations.stage(migration.migrationId, 'registry', { endedAt: now });
  await ports.migrations.stage(migration.migrationId, 'flip', { startedAt: now });
};
