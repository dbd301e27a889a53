import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { undoRecord } from '../record/undo-record.ts';
import { tenantFieldsOf } from './tenant-fields.ts';

/** Writes the tenant's tier, placement and table of the target to the registry, as pending until the flip. */
export const updateTenantRegistry = async (ports: Ports, migration: Migration): Promise<void> => {
  await beginStage(ports, migration);
  const { table } = await undoRecord(ports, migration);
  await ports.registry.setPending(migration, tenantFieldsOf(ports.settings, { ...migration.target, table }));
  const now = ports.clock.now();
  await ports.migrations.noteStage(migration.migrationId, 'registry', { endedAt: now });
  await ports.migrations.noteStage(migration.migrationId, 'flip', { startedAt: now });
};

/** Notes that the copy stage has ended, which includes applying changes and comparing both sides, and this one begun. */
const beginStage = async (ports: Ports, { migrationId, stages }: Migration): Promise<void> => {
  const { copy, registry } = stages;
  // begun already, by a call that failed later, or by an earlier version at the end of the last segment's copy
  if (registry !== undefined && registry.startedAt === copy?.endedAt) return;
  const now = ports.clock.now();
  await ports.migrations.noteStage(migrationId, 'copy', { endedAt: now });
  await ports.migrations.noteStage(migrationId, 'registry', { startedAt: now });
};
