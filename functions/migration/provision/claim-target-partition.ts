import { advance } from '../advance.ts';
import { clearSentinels } from '../capture/clear-sentinels.ts';
import { TargetPartitionNotEmpty } from '../errors.ts';
import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { cleanUpRecord } from './create-target-table.ts';

/**
 * Sees, under the tenant's lock, that the target partition is empty, and notes it: from here on all that is in it was
 * put there by this migration, so a roll-back may delete it (I4). Noted once; a later attempt finds copies there.
 * Sentinels that an earlier migration left there are deleted: they are no items of the tenant.
 * @throws TargetPartitionNotEmpty
 */
export const claimTargetPartition = async (ports: Ports, migration: Migration): Promise<void> => {
  const record = await cleanUpRecord(ports, migration);
  if (!record.partitionClaimed) {
    if (!(await clearSentinels(ports, migration.tenantId, record.table))) {
      throw new TargetPartitionNotEmpty(
        `table ${record.table} already holds items of ${migration.tenantId}; find out whose they are, then remove them`,
      );
    }
    await ports.migrations.claimPartition(migration.migrationId, record.table);
  }
  const now = ports.clock.now();
  await ports.migrations.stage(migration.migrationId, 'provision', { endedAt: now });
  await ports.migrations.stage(migration.migrationId, 'copy', { startedAt: now });
  await advance(ports, migration, 'copying', 'target provisioned');
};
