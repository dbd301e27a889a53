import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { armCapture } from './arm-capture.ts';

/** Before the first segment is read: a change that comes during the copy is noted. */
export const armSourceCapture = (ports: Ports, migration: Migration) =>
  armCapture(ports, migration, {
    side: 'source',
    table: migration.source.table,
    since: migration.stages.provision?.startedAt ?? migration.requestedAt,
  });
