import { TargetPartitionNotEmpty } from '../errors.ts';
import { clearSentinels } from '../journal/clear-sentinels.ts';
import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { advance } from '../record/advance.ts';
import { undoRecord } from '../record/undo-record.ts';

/**
 * Checks, under the tenant lock, that the target partition is empty, and records it. From then on every item in it is this
 * migration's, so a rollback may delete it (I4). It is recorded once, since a later attempt finds copies there. Sentinels that
 * an earlier migration left are deleted first: they are not items of the tenant.
 * @throws TargetPartitionNotEmpty
 */
export const claimTargetPartition = async (ports: Ports, migration: Migration): Promise<void> => {
  const record = await undoRecord(ports, migration);
  if (!record.partitionClaimed) {
    if (!(await clearSentinels(ports, migration.tenantId, record.table))) {
      throw new TargetPartitionNotEmpty(
        `table ${record.table} already has items under the key of tenant ${migration.tenantId}. Nothing was copied, and the items were not changed. Find out which process wrote them, remove them, then retry`,
      );
    }
    await ports.migrations.claimPartition(migration.migrationId, record.table);
  }
  const now = ports.clock.now();
  await ports.migrations.noteStage(migration.migrationId, 'provision', { endedAt: now });
  await ports.migrations.noteStage(migration.migrationId, 'copy', { startedAt: now });
  await advance(ports, migration, 'copying', 'target provisioned');
};
