import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { undoRecord } from '../record/undo-record.ts';
import { armCapture } from './arm-capture.ts';

/**
 * Arms capture on the target before the flip. So a rollback loses no write made after it, and foreign writes made
 * before it are found.
 */
export const armTargetCapture = async (ports: Ports, migration: Migration) =>
  armCapture(ports, migration, {
    side: 'target',
    table: (await undoRecord(ports, migration)).table,
    since: migration.stages.copy?.endedAt ?? ports.clock.now(),
  });
