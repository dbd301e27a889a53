import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { cleanUpRecord } from '../provision/create-target-table.ts';
import { armCapture } from './arm-capture.ts';

/** Before the flip: what is written after it is known, so that a rollback loses nothing; and who else writes before it. */
export const armTargetCapture = async (ports: Ports, migration: Migration) =>
  armCapture(ports, migration, {
    side: 'target',
    table: (await cleanUpRecord(ports, migration)).table,
    since: migration.stages.copy?.endedAt ?? ports.clock.now(),
  });
