import type { Command } from 'commander';
import * as z from 'zod';
import { cancelMigration } from '../../../functions/migration/triggers/cancel-migration.ts';
import { type Cli, commandWithExamples } from '../cli.ts';
import { withWho } from './request-options.ts';

const Options = z.object({ why: z.string(), by: z.string() });

export const cancelCommand = (cli: Cli): Command =>
  withWho(
    commandWithExamples('cancel', 'Roll a migration back that has not flipped yet', [
      'cancel mig-20260304050607-1a2b3c4d',
      'cancel mig-20260304050607-1a2b3c4d --why "wrong district"',
    ]).argument('<migration>', 'migration id'),
  )
    .option('--why <text>', 'why, for the audit trail', 'cancelled by hand')
    .action(async (id: string, options: unknown) => {
      const { why, by } = Options.parse(options);
      const migration = await cancelMigration(cli.ports({ workflow: true }), id, { by, why });
      cli.out.result({ migration }, () => [
        `${id} will be rolled back.`,
        `watch it: tierferry status ${id} --watch`,
      ]);
    });
