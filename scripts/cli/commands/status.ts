import type { Command } from 'commander';
import * as z from 'zod';
import { InvalidRequest } from '../../../functions/migration/errors.ts';
import type { Migration } from '../../../functions/migration/migration.ts';
import { readStatus } from '../../../functions/migration/operator/read-status.ts';
import type { Ports } from '../../../functions/migration/ports.ts';
import { listMigrations } from '../../../functions/migration/record/execution.ts';
import { findMigration } from '../../../functions/migration/record/find-migration.ts';
import { type Cli, commandWithExamples } from '../cli.ts';
import { EXIT } from '../exit-codes.ts';
import { renderMigrations } from '../render/render-migrations.ts';
import { renderEvents, renderStatus } from '../render/render-status.ts';
import { indent } from '../render/text-table.ts';
import { watchToEnd } from '../watch-to-end.ts';
import { WATCH_OPTION } from './request-options.ts';

const Options = z.object({
  watch: z.boolean().default(false),
  events: z.boolean().default(false),
  limit: z.string().default('20'),
});

export const statusCommand = (cli: Cli): Command =>
  commandWithExamples('status', 'Show the latest migrations, or the progress of one', [
    'status',
    'status mig-20260304050607-1a2b3c4d',
    'status mig-20260304050607-1a2b3c4d --watch',
    'status mig-20260304050607-1a2b3c4d --events',
    'status --limit 100 --json',
  ])
    .argument('[migration]', 'migration id')
    .option(...WATCH_OPTION)
    .option('--events', 'also show the audit trail: who, when, from, to, reason')
    .option('--limit <count>', 'number of migrations to list, latest first', '20')
    .action(async (migrationId: string | undefined, options: unknown) => {
      const { watch, events, limit } = Options.parse(options);
      if (watch && events)
        throw new InvalidRequest('--events and --watch exclude each other; give one of them');
      if (migrationId === undefined) {
        if (watch || events) throw new InvalidRequest(`--${watch ? 'watch' : 'events'} needs a migration id`);
        return printMigrations(cli, cli.ports(), wholeNumber(limit));
      }
      const ports = cli.ports({ workflow: true });
      const migration = await findMigration(ports, migrationId);
      if (watch) return watchToEnd(cli, ports, migration.migrationId);
      await printMigration(cli, ports, migration, events);
    });

const printMigrations = async (cli: Cli, ports: Ports, limit: number): Promise<void> => {
  const found = await listMigrations(ports, { limit });
  const migrations = found.map(({ migration, execution }) => ({ ...migration, execution }));
  cli.out.result('migrations', { migrations }, () => renderMigrations(found, cli.out.stream.columns));
};

const printMigration = async (
  cli: Cli,
  ports: Ports,
  { migrationId }: Migration,
  withEvents: boolean,
): Promise<void> => {
  const { next, ...status } = await readStatus(ports, migrationId);
  const { execution, stoppedBy } = status;
  if (status.isStopped) cli.exitWith(EXIT.failed);
  const events = await ports.migrations.events(migrationId);
  const document = { ...status, events: events.map(({ who: by, ...event }) => ({ ...event, by })) };
  const words = () => [
    ...renderStatus(status, { execution, ...(stoppedBy ? { stoppedBy } : {}) }, Date.now()),
    ...(withEvents ? ['', ...indent(renderEvents(events))] : []),
  ];
  cli.out.result('migration-status', document, words, next);
};

const wholeNumber = (text: string): number => {
  const parsed = z.coerce.number().int().min(1).max(10_000).safeParse(text);
  if (!parsed.success)
    throw new InvalidRequest(`--limit must be a whole number from 1 to 10,000, not '${text}'`);
  return parsed.data;
};
