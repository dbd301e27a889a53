import type { Migration } from '../../../functions/migration/migration.ts';
import type { Queue } from '../../../functions/migration/queue/read-queue.ts';
import type { Settings } from '../../../functions/migration/settings.ts';
import { count, duration } from './figures.ts';
import { wayOf } from './render-migrations.ts';
import { indent, table } from './table.ts';

/** @param now ms since 1970, from which durations are computed. */
export const renderQueue = (
  { underWay, waiting, damaged }: Queue,
  stopped: readonly Migration[],
  { total, perSource, perTarget }: Settings['admission'],
  now: number,
): string[] => [
  ...(damaged === undefined ? [] : [`No migration is admitted: ${damaged}`, '']),
  ...(stopped.length === 0
    ? []
    : [
        `Stopped: ${count(stopped.length)}. They stay as they are until you retry them: tierferry retry <migration>`,
        '',
        ...indent(
          table(
            ['migration', 'tenant', 'tiers', 'status'],
            stopped.map((migration) => [
              migration.migrationId,
              migration.tenantId,
              wayOf(migration),
              `STOPPED, ${migration.status}`,
            ]),
          ),
        ),
        '',
      ]),
  `Running: ${count(underWay.length)} of at most ${count(total)}; at most ${count(perSource)} from one table, ${count(perTarget)} into one tier's shared tables.`,
  ...(underWay.length === 0
    ? []
    : [
        '',
        ...indent(
          table(
            ['migration', 'tenant', 'tiers', 'status', 'for'],
            underWay.map(({ migration, since }) => [
              migration.migrationId,
              migration.tenantId,
              wayOf(migration),
              migration.status,
              duration(now - since),
            ]),
          ),
        ),
      ]),
  '',
  waiting.length === 0 ? 'The queue is empty.' : `Queued, next first: ${count(waiting.length)}`,
  ...(waiting.length === 0
    ? []
    : [
        '',
        ...indent(
          table(
            ['', 'migration', 'tenant', 'tiers', 'for', 'reason'],
            waiting.map((migration, n) => [
              count(n + 1),
              migration.migrationId,
              migration.tenantId,
              wayOf(migration),
              duration(now - migration.requestedAt),
              `${migration.urgent ? 'urgent: ' : ''}${migration.reason}`,
            ]),
            ['right'],
          ),
        ),
      ]),
];
