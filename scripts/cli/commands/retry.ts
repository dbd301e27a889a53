import type { Command } from 'commander';
import * as z from 'zod';
import { retryMigration } from '../../../functions/migration/triggers/retry-migration.ts';
import { type Cli, commandWithExamples } from '../cli.ts';
import { watchToEnd } from '../watch-to-end.ts';
import { withWho } from './request-options.ts';

const Options = z.object({ watch: z.boolean().default(false), by: z.string() });

export const retryCommand = (cli: Cli): Command =>
  withWho(
    commandWithExamples(
      'retry',
      'Go on with a migration that has stopped, or begin again after a roll-back',
      ['retry mig-20260304050607-1a2b3c4d', 'retry mig-20260304050607-1a2b3c4d --watch'],
    ).argument('<migration>', 'migration id'),
  )
    .option('--watch', 'stay and show progress until the end; Ctrl-C stops the watching only')
    .action(async (id: string, options: unknown) => {
      const { watch, by } = Options.parse(options);
      const ports = cli.ports({ workflow: true });
      const migration = await retryMigration(ports, id, by);
      if (watch) return watchToEnd(cli, ports, migration.migrationId);
      cli.out.result({ migration }, () => [
        `${id} runs again, attempt ${migration.attempt}.`,
        `watch it: tierferry status ${id} --watch`,
      ]);
    });
