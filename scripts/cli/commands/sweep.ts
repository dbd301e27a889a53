import type { Command } from 'commander';
import * as z from 'zod';
import { findOutgrown, sweep } from '../../../functions/migration/triggers/sweep.ts';
import { type Cli, commandWithExamples } from '../cli.ts';
import { EXIT } from '../exit-codes.ts';
import { movingTenants, withWatchAll } from '../moving-tenants.ts';
import { renderFound, renderSwept } from '../render/render-sweep.ts';
import { withWho } from './request-options.ts';

const Options = z.object({
  dryRun: z.boolean().default(false),
  count: z.boolean().default(false),
  watch: z.boolean().default(false),
  by: z.string(),
});

export const sweepCommand = (cli: Cli): Command =>
  withWatchAll(
    withWho(
      commandWithExamples(
        'sweep',
        'Request the move of every tenant that has outgrown its tier; may be run again',
        ['sweep --dry-run', 'sweep --count --watch', 'sweep --count --json'],
      ),
    ),
  )
    .option('--dry-run', 'show who would move, and change nothing')
    .option('--count', "count schools in the tenants' tables first: two read units a school")
    .action(async (options: unknown) => {
      const { dryRun, count: counts, watch, by } = Options.parse(options);
      if (dryRun) {
        const found = await findOutgrown(cli.ports(), { counts });
        return cli.out.result({ found }, () => renderFound(found));
      }
      const ports = cli.ports({ workflow: true });
      const goOn = `tierferry sweep${counts ? ' --count' : ''}`;
      const swept = await movingTenants(cli, { watch, by, goOn }, (moving) =>
        sweep(ports, { ...moving, counts }),
      );
      cli.exitWith(swept.stays.length === 0 ? EXIT.done : EXIT.failed);
      cli.out.result({ swept }, () => renderSwept(swept));
    });
