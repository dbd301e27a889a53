import type { Command } from 'commander';
import * as z from 'zod';
import type { Status } from '../../../functions/migration/life-cycle.ts';
import type { Migration } from '../../../functions/migration/migration.ts';
import { nextOf } from '../../../functions/migration/operator/actions.ts';
import { retryMigration } from '../../../functions/migration/operator/retry-migration.ts';
import { type Cli, commandWithExamples } from '../cli.ts';
import { watchToEnd } from '../watch-to-end.ts';
import { WATCH_OPTION, withByOption } from './request-options.ts';

const Options = z.object({ watch: z.boolean().default(false), by: z.string() });

export const retryCommand = (cli: Cli): Command =>
  withByOption(
    commandWithExamples(
      'retry',
      'Continue a migration or rollback that has stopped, or start one that was rolled back again as a new migration',
      ['retry mig-20260304050607-1a2b3c4d', 'retry mig-20260304050607-1a2b3c4d --watch'],
    ).argument('<migration>', 'migration id'),
  )
    .option(...WATCH_OPTION)
    .action(async (id: string, options: unknown) => {
      const { watch, by } = Options.parse(options);
      const ports = cli.ports({ workflow: true });
      const migration = await retryMigration(ports, id, by);
      if (watch) return watchToEnd(cli, ports, migration.migrationId, retryOptionsOf(migration));
      const { migrationId, attempt } = migration;
      const words = () => [
        migrationId === id
          ? `${id} is running again, attempt ${attempt}.`
          : `${id} has ended; ${migrationId} starts it again.`,
        `watch it: tierferry status ${migrationId} --watch`,
      ];
      cli.out.result('migration', { migration }, words, nextOf(migration));
    });

/** Returns the wanted end: that of the cancel or rollback, if an operator had requested one before the migration stopped. */
const retryOptionsOf = ({ cancellation, flippedAt }: Migration): Status => {
  if (!cancellation) return 'completed';
  return flippedAt === undefined ? 'cancelled' : 'rolledBack';
};
