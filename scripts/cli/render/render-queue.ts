import { formatDuration } from '../../../functions/migration/format-duration.ts';
import type { Migration } from '../../../functions/migration/migration.ts';
import type { Queue } from '../../../functions/migration/queue/read-queue.ts';
import type { Settings } from '../../../functions/migration/settings/settings.ts';
import { formatCount } from './figures.ts';
import { tiersOf } from './render-migrations.ts';
import { indent, renderTable } from './text-table.ts';

/** @param now ms since 1970, from which durations are computed. */
export const renderQueue = (
  { running, waiting, damaged }: Queue,
  stopped: readonly Migration[],
  { total, perSource, perTarget }: Settings['admission'],
  now: number,
): string[] => [
  ...(damaged === undefined ? [] : [`No migration is admitted: ${damaged}`, '']),
  ...(stopped.length === 0
    ? []
    : [
        `Stopped: ${formatCount(stopped.length)}. They stay as they are until you run 'tierferry retry <migration>'.`,
        '',
        ...indent(
          renderTable(
            ['migration', 'tenant', 'tiers', 'status'],
            stopped.map((migration) => [
              migration.migrationId,
              migration.tenantId,
              tiersOf(migration),
              `STOPPED, ${migration.status}`,
            ]),
          ),
        ),
        '',
      ]),
  `Running: ${formatCount(running.length)} of ${formatCount(total)}; at most ${formatCount(perSource)} from one table, ${formatCount(perTarget)} into one tier's shared tables.`,
  ...(running.length === 0
    ? []
    : [
        '',
        ...indent(
          renderTable(
            ['migration', 'tenant', 'tiers', 'status', 'for'],
            running.map(({ migration, since }) => [
              migration.migrationId,
              migration.tenantId,
              tiersOf(migration),
              migration.status,
              formatDuration(now - since),
            ]),
          ),
        ),
      ]),
  '',
  waiting.length === 0 ? 'The queue is empty.' : `Queued, next first: ${formatCount(waiting.length)}`,
  ...(waiting.length === 0
    ? []
    : [
        '',
        ...indent(
          renderTable(
            ['', 'migration', 'tenant', 'tiers', 'for', 'reason'],
            waiting.map((migration, n) => [
              formatCount(n + 1),
              migration.migrationId,
              migration.tenantId,
              tiersOf(migration),
              formatDuration(now - migration.requestedAt),
              `${migration.urgent ? 'urgent: ' : ''}${migration.reason}`,
            ]),
            ['right'],
          ),
        ),
      ]),
];
