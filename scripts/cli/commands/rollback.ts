import type { Command } from 'commander';
import * as z from 'zod';
import { rollbackMigration } from '../../../functions/migration/triggers/rollback-migration.ts';
import { type Cli, commandWithExamples } from '../cli.ts';
import { watchToEnd } from '../watch-to-end.ts';
import { endOfPause } from './end-of-pause.ts';
import { SaidOptions, WATCH, withWhy } from './request-options.ts';

const Options = SaidOptions.extend({ watch: z.boolean().default(false) });

export const rollbackCommand = (cli: Cli): Command =>
  withWhy(
    commandWithExamples(
      'rollback',
      'Take a tenant back during the hold, with every write made since the flip',
      [
        'rollback mig-20260304050607-1a2b3c4d --why "reports are slow"',
        'rollback mig-20260304050607-1a2b3c4d --watch',
      ],
    ).argument('<migration>', 'migration id'),
  )
    .option(...WATCH)
    .action(async (id: string, options: unknown) => {
      const { watch, ...said } = Options.parse(options);
      const ports = cli.ports({ workflow: true });
      const migration = await rollbackMigration(ports, id, said);
      const { migrationId, tenantId, source } = migration;
      if (watch) {
        cli.out.say(`rollback of ${migrationId}: tenant ${tenantId}, back to ${source.table}`);
        for (const line of endOfPause(migration)) cli.out.say(line);
        return watchToEnd(cli, ports, migrationId, 'rolledBack');
      }
      cli.out.result({ migration }, () => [
        `${id} is being rolled back: ${tenantId} goes back to ${source.table}.`,
        ...endOfPause(migration),
        `watch it: tierferry status ${id} --watch`,
      ]);
    });
