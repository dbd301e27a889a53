import type { Migration } from '../../../functions/migration/migration.ts';
import type { Queue } from '../../../functions/migration/queue/read-queue.ts';
import type { Settings } from '../../../functions/migration/settings.ts';
import { count, duration } from './figures.ts';
import { wayOf } from './render-migrations.ts';
import { indent, table } from './table.ts';

/** @param now in ms since 1970, from which waits are told. */
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
        `Stopped: ${count(stopped.length)}. Nothing works on these until they are retried: tierferry retry <migration>`,
        '',
        ...indent(
          table(
            ['migration', 'tenant', 'way', 'status'],
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
  `On their way: ${count(underWay.length)} of ${count(total)} at most, ${count(perSource)} from one table, ${count(perTarget)} into one tier's shared tables.`,
  ...(underWay.length === 0
    ? []
    : [
        '',
        ...indent(
          table(
            ['migration', 'tenant', 'way', 'status', 'for'],
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
  waiting.length === 0 ? 'Nobody waits.' : `Waiting, in the order of their turns: ${count(waiting.length)}`,
  ...(waiting.length === 0
    ? []
    : [
        '',
        ...indent(
          table(
            ['', 'migration', 'tenant', 'way', 'for', 'because'],
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
