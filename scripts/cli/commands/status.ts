import type { Command } from 'commander';
import * as z from 'zod';
import { InvalidRequest } from '../../../functions/migration/errors.ts';
import type { Migration } from '../../../functions/migration/migration.ts';
import type { Ports } from '../../../functions/migration/ports.ts';
import { readProgress } from '../../../functions/migration/progress.ts';
import { findMigration } from '../../../functions/migration/triggers/find-migration.ts';
import { type Cli, commandWithExamples } from '../cli.ts';
import { firstOf } from '../first-of.ts';
import { renderMigrations, renderStatus } from '../render/render-migrations.ts';
import { watchToEnd } from '../watch-to-end.ts';

const Options = z.object({ watch: z.boolean().default(false), limit: z.string().default('20') });

export const statusCommand = (cli: Cli): Command =>
  commandWithExamples('status', 'Show the latest migrations, or where one stands', [
    'status',
    'status mig-20260304050607-1a2b3c4d',
    'status mig-20260304050607-1a2b3c4d --watch',
    'status --limit 100 --json',
  ])
    .argument('[migration]', 'migration id')
    .option('--watch', 'stay and show progress until the end; Ctrl-C stops the watching only')
    .option('--limit <count>', 'migrations to list, latest first', '20')
    .action(async (migrationId: string | undefined, options: unknown) => {
      const { watch, limit } = Options.parse(options);
      if (migrationId === undefined) {
        if (watch) throw new InvalidRequest('--watch needs a migration id');
        return list(cli, cli.ports(), wholeNumber(limit));
      }
      const ports = cli.ports({ workflow: true });
      const migration = await findMigration(ports, migrationId);
      return watch ? watchToEnd(cli, ports, migration.migrationId) : show(cli, ports, migration);
    });

const list = async (cli: Cli, ports: Ports, limit: number): Promise<void> => {
  const migrations = await firstOf(ports.migrations.list({}), limit);
  cli.out.result({ migrations }, () => renderMigrations(migrations));
};

const show = async (cli: Cli, ports: Ports, { migrationId, attempt }: Migration): Promise<void> => {
  const progress = await readProgress(ports, migrationId);
  const isRunning = await ports.workflow.isRunning(migrationId, attempt);
  cli.out.result({ ...progress, isRunning }, () => renderStatus(progress, isRunning, Date.now()));
};

const wholeNumber = (text: string): number => {
  const parsed = z.coerce.number().int().min(1).max(10_000).safeParse(text);
  if (!parsed.success) throw new InvalidRequest(`--limit is a whole number from 1 to 10,000, not '${text}'`);
  return parsed.data;
};
