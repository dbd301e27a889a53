import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { undoRecord } from '../record/undo-record.ts';
import { tenantFieldsOf } from './tenant-fields.ts';

/** Writes the tenant's tier, placement and table of the target to the registry, as pending until the flip. */
export const updateTenantRegistry = async (ports: Ports, migration: Migration): Promise<void> => {
  const { table } = await undoRecord(ports, migration);
  await ports.registry.setPending(migration, tenantFieldsOf(ports.settings, { ...migration.target, table }));
  const now = ports.clock.now();
  await ports.migrations.noteStage(migration.migrationId, 'registry', { endedAt: now });
  await ports.migrations.noteStage(migration.migrationId, 'flip', { startedAt: now });
};
