import * as z from 'zod';
import { InvalidRequest } from '../../../functions/migration/errors.ts';
import { findTenantsToMove, type SweepFinding, sweep } from '../../../functions/migration/growth/sweep.ts';
import type { TenantId } from '../../../functions/migration/names.ts';
import { findTenant } from '../../../functions/migration/registry/find-tenant.ts';
import { type Cli, type Define, withExamples } from '../cli.ts';
import { EXIT } from '../exit-codes.ts';
import { withMoveDisplay, withWatchAllOption } from '../move-display.ts';
import { formatCounted } from '../render/figures.ts';
import { renderSweepPlan, renderSweepResult } from '../render/render-sweep.ts';
import { interruptible } from '../watching/interrupt.ts';
import { withByOption } from './request-options.ts';

const Options = z.object({
  dryRun: z.boolean().default(false),
  count: z.boolean().default(false),
  after: z
    .string()
    .transform((id) => id as TenantId)
    .optional(),
  watch: z.boolean().default(false),
  by: z.string(),
  reason: z.string().optional(),
});

/** Number of tenants between two progress lines. */
const TENANTS_PER_LINE = 1_000;

export const defineSweep: Define = (command, cli) =>
  withWatchAllOption(
    withByOption(
      withExamples(command, [
        'sweep --dry-run',
        'sweep --count --watch --reason "new tier limits"',
        'sweep --count --json',
      ]),
    ),
  )
    .option('--reason <text>', 'reason, added to that of each migration, for the audit trail')
    .option('--dry-run', 'show which tenants would move; change nothing')
    .option('--count', "count schools in the tenants' tables first (two read units per school)")
    .option('--after <tenant>', 'continue after this tenant; an interrupted sweep prints the command')
    .addHelpText(
      'after',
      '\nA sweep moves tenants that have outgrown their tier or are set to have a table of their own,\nand those above the tenant limit of a shared table. On AWS a sweep runs every hour.',
    )
    .action(async (options: unknown) => {
      const { dryRun, count: counts, after, watch, by, reason } = Options.parse(options);
      if (dryRun && watch)
        throw new InvalidRequest(
          '--dry-run requests nothing that --watch could wait for. Nothing was changed. Give one of them.',
        );
      // an id that is mistyped would start the sweep at a place that the operator did not mean
      if (after !== undefined) await findTenant(cli.ports(), after);
      const progress = watchMoves(cli, after);
      const command = () => `tierferry sweep${dryRun ? ' --dry-run' : ''}${counts ? ' --count' : ''}`;
      const commandToContinue = () =>
        `${command()}${progress.last === undefined ? '' : ` --after ${progress.last}`}`;
      const sweepOptions = { counts, after, onSeen: progress.onSeen };
      if (dryRun) {
        const found = await interruptible(
          () => `stopped; nothing was changed. Continue with: ${commandToContinue()}`,
          async (signal) => {
            const all: SweepFinding[] = [];
            const onSeen = (tenantId: TenantId) => {
              progress.onSeen(tenantId);
              signal.throwIfAborted();
            };
            for await (const one of findTenantsToMove(cli.ports(), { ...sweepOptions, onSeen }))
              all.push(one);
            return all;
          },
        );
        return cli.out.result('sweep-plan', { found: documentOf(found) }, () => renderSweepPlan(found));
      }
      const ports = cli.ports({ workflow: true });
      const result = await withMoveDisplay(cli, { watch, by, goOn: commandToContinue }, (moveOptions) =>
        sweep(ports, { ...moveOptions, ...sweepOptions, reason }),
      );
      cli.exitWith(result.stays.length === 0 ? EXIT.done : EXIT.failed);
      cli.out.result('swept', { swept: result }, () => renderSweepResult(result));
    });

/** Counts the tenants seen, and remembers the last one. */
const watchMoves = (cli: Cli, after: TenantId | undefined) => {
  let tenants = 0;
  const progress = {
    last: after,
    onSeen(tenantId: TenantId) {
      progress.last = tenantId;
      tenants += 1;
      if (tenants % TENANTS_PER_LINE === 0) cli.out.say(`${formatCounted(tenants, 'tenant')} checked`);
    },
  };
  return progress;
};

const documentOf = (found: readonly SweepFinding[]) => ({
  leave: found.flatMap((one) => (one.kind === 'leaves' ? { tenant: one.tenant, request: one.request } : [])),
  needPerson: found.flatMap((one) =>
    one.kind === 'manualAction' ? { tenantId: one.tenantId, reason: one.reason } : [],
  ),
});
