import * as z from 'zod';
import type { Status } from '../../../functions/migration/life-cycle.ts';
import type { Migration } from '../../../functions/migration/migration.ts';
import { nextOf } from '../../../functions/migration/operator/actions.ts';
import { retryMigration } from '../../../functions/migration/operator/retry-migration.ts';
import { type Define, withExamples } from '../cli.ts';
import { findLatestMigration } from '../find-named-migration.ts';
import { watchToEnd } from '../watch-to-end.ts';
import { WATCH_OPTION, withByOption } from './request-options.ts';

const Options = z.object({
  watch: z.boolean().default(false),
  by: z.string(),
  reason: z.string().optional(),
});

export const defineRetry: Define = (command, cli) =>
  withByOption(
    withExamples(command, [
      'retry cedar-valley',
      'retry mig-20260304050607-1a2b3c4d --watch --reason "the table is repaired"',
    ]),
  )
    .option('--reason <text>', "reason, for the audit trail; the first request's reason unless given")
    .option(...WATCH_OPTION)
    .action(async (named: string, options: unknown) => {
      const { watch, by, reason } = Options.parse(options);
      const ports = cli.ports({ workflow: true });
      const { migrationId: id } = await findLatestMigration(ports, named);
      const migration = await retryMigration(ports, id, by, reason);
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
