import type { Command } from 'commander';
import * as z from 'zod';
import { findOutgrown, sweep } from '../../../functions/migration/triggers/sweep.ts';
import { type Cli, commandWithExamples } from '../cli.ts';
import { EXIT } from '../exit-codes.ts';
import { movingTenants, withAtOnce } from '../moving-tenants.ts';
import { renderFound, renderSwept } from '../render/render-sweep.ts';
import { withWho } from './request-options.ts';

const Options = z.object({
  dryRun: z.boolean().default(false),
  count: z.boolean().default(false),
  atOnce: z.string(),
  by: z.string(),
});

export const sweepCommand = (cli: Cli): Command =>
  withAtOnce(
    withWho(
      commandWithExamples(
        'sweep',
        'Move every tenant that has outgrown its tier, a few at a time; may be run again',
        ['sweep --dry-run', 'sweep --count --at-once 4', 'sweep --count --json'],
      ),
    ),
  )
    .option('--dry-run', 'show who would move, and change nothing')
    .option('--count', "count schools in the tenants' tables first: two read units a school")
    .action(async (options: unknown) => {
      const { dryRun, count: counts, atOnce, by } = Options.parse(options);
      if (dryRun) {
        const found = await findOutgrown(cli.ports(), { counts });
        return cli.out.result({ found }, () => renderFound(found));
      }
      const ports = cli.ports({ workflow: true });
      const goOn = `tierferry sweep${counts ? ' --count' : ''}`;
      const swept = await movingTenants(cli, { atOnce, by, goOn }, (moving) =>
        sweep(ports, { ...moving, counts }),
      );
      cli.exitWith(swept.stays.length === 0 ? EXIT.done : EXIT.failed);
      cli.out.result({ swept }, () => renderSwept(swept));
    });
