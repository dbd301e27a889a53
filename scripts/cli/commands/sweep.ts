import type { Command } from 'commander';
import * as z from 'zod';
import type { TenantId } from '../../../functions/migration/names.ts';
import { type Found, findLeaving, sweep } from '../../../functions/migration/triggers/sweep.ts';
import { type Cli, commandWithExamples } from '../cli.ts';
import { EXIT } from '../exit-codes.ts';
import { movingTenants, withWatchAll } from '../moving-tenants.ts';
import { count as figure } from '../render/figures.ts';
import { renderFound, renderSwept } from '../render/render-sweep.ts';
import { interruptible } from '../watching/interrupt.ts';
import { withWho } from './request-options.ts';

const Options = z.object({
  dryRun: z.boolean().default(false),
  count: z.boolean().default(false),
  after: z
    .string()
    .transform((id) => id as TenantId)
    .optional(),
  watch: z.boolean().default(false),
  by: z.string(),
});

/** Number of tenants between two progress lines. */
const SAY_EVERY = 1_000;

export const sweepCommand = (cli: Cli): Command =>
  withWatchAll(
    withWho(
      commandWithExamples(
        'sweep',
        'Request the move of every tenant that should be in another table (safe to re-run)',
        ['sweep --dry-run', 'sweep --count --watch', 'sweep --count --json'],
      ),
    ),
  )
    .option('--dry-run', 'show which tenants would move; change nothing')
    .option('--count', "count schools in the tenants' tables first (two read units per school)")
    .option('--after <tenant>', 'resume after this tenant, as an interrupted sweep tells you')
    .addHelpText(
      'after',
      '\nA sweep moves tenants that have outgrown their tier or are set to have a table of their own,\nand those above the tenant limit of a shared table. On AWS a sweep runs every hour.',
    )
    .action(async (options: unknown) => {
      const { dryRun, count: counts, after, watch, by } = Options.parse(options);
      const seen = watchSeen(cli, after);
      const command = () => `tierferry sweep${dryRun ? ' --dry-run' : ''}${counts ? ' --count' : ''}`;
      const goOn = () => `${command()}${seen.last === undefined ? '' : ` --after ${seen.last}`}`;
      const looking = { counts, after, onSeen: seen.onSeen };
      if (dryRun) {
        const found = await interruptible(
          () => `stopped; nothing was changed. Continue with: ${goOn()}`,
          async (signal) => {
            const all: Found[] = [];
            const onSeen = (tenantId: TenantId) => {
              seen.onSeen(tenantId);
              signal.throwIfAborted();
            };
            for await (const one of findLeaving(cli.ports(), { ...looking, onSeen })) all.push(one);
            return all;
          },
        );
        return cli.out.result('sweep-plan', { found: documentOf(found) }, () => renderFound(found));
      }
      const ports = cli.ports({ workflow: true });
      const swept = await movingTenants(cli, { watch, by, goOn }, (moving) =>
        sweep(ports, { ...moving, ...looking }),
      );
      cli.exitWith(swept.stays.length === 0 ? EXIT.done : EXIT.failed);
      cli.out.result('swept', { swept }, () => renderSwept(swept));
    });

/** Counts the tenants seen, and remembers the last one. */
const watchSeen = (cli: Cli, after: TenantId | undefined) => {
  let tenants = 0;
  const seen = {
    last: after,
    onSeen(tenantId: TenantId) {
      seen.last = tenantId;
      tenants += 1;
      if (tenants % SAY_EVERY === 0) cli.out.say(`${figure(tenants)} tenants checked`);
    },
  };
  return seen;
};

const documentOf = (found: readonly Found[]) => ({
  leave: found.flatMap((one) => (one.kind === 'leaves' ? { tenant: one.tenant, request: one.request } : [])),
  needPerson: found.flatMap((one) =>
    one.kind === 'needsPerson' ? { tenantId: one.tenantId, why: one.why } : [],
  ),
});
