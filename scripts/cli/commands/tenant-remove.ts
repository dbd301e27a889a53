import type { Command } from 'commander';
import * as z from 'zod';
import { InvalidRequest } from '../../../functions/migration/errors.ts';
import type { Ports } from '../../../functions/migration/ports.ts';
import type { RemovedTenant } from '../../../functions/migration/registry/tenant-removal.ts';
import type { RemovalStep } from '../../../functions/migration/tenants/removal-run.ts';
import {
  findRemovedTenant,
  planRemoval,
  type RemovalPlan,
  type RemovalRequest,
  removeTenant,
} from '../../../functions/migration/tenants/remove-tenant.ts';
import { type Cli, commandWithExamples } from '../cli.ts';
import { confirmIrreversible, withYesOption } from '../confirm-irreversible.ts';
import { formatCounted, formatTime } from '../render/figures.ts';
import { countProgress } from '../watching/count-progress.ts';
import { interruptible } from '../watching/interrupt.ts';
import { parseUnits, withOptionalReason } from './request-options.ts';

const Options = z.object({
  deleteItems: z.boolean().default(false),
  dryRun: z.boolean().default(false),
  writeUnits: z.string().optional(),
  yes: z.boolean().default(false),
  by: z.string(),
  reason: z.string().optional(),
});

export const removeCommand = (cli: Cli): Command =>
  withYesOption(
    withOptionalReason(
      commandWithExamples('remove', 'Remove a tenant and its route, and free its slot (safe to re-run)', [
        'tenant remove cedar-valley --dry-run',
        'tenant remove cedar-valley --reason "never signed up"',
        'tenant remove cedar-valley --delete-items --reason "contract ended"',
      ]).argument('<tenant>', 'tenant id'),
    ),
  )
    .option('--delete-items', 'delete its items, or its dedicated table, after a backup of the table')
    .option(
      '--write-units <n>',
      'write units per second that the deletion may use, or none for no limit (default: none)',
    )
    .option('--dry-run', 'count what would be deleted; change nothing')
    .addHelpText(
      'after',
      `
A tenant with items is refused unless you pass --delete-items. From the beginning
of the removal the application cannot reach the tenant. An interrupted removal is
continued by running the command again.`,
    )
    .action(async (id: string, options: unknown) => {
      const { deleteItems, dryRun, writeUnits, yes, by, reason } = Options.parse(options);
      const units = parseUnits('--write-units', writeUnits);
      if (units !== undefined && !deleteItems)
        throw new InvalidRequest(
          '--write-units limits a deletion. Nothing was changed. Add --delete-items, or leave it out.',
        );
      const ports = cli.ports();
      if (dryRun) {
        const plan = await planRemoval(ports, id);
        return cli.out.result('tenant-removal-plan', { plan }, () => [
          `Removing tenant ${id} ${effectOf(plan)}`,
          'Nothing was changed.',
        ]);
      }
      const items = deleteItems ? await confirm(cli, ports, id, yes) : 0;
      const writeUnitsPerSecond = units === 'none' ? undefined : units;
      const request = { tenantId: id, deletesItems: deleteItems, writeUnitsPerSecond, by, reason };
      const removed = await run(cli, ports, request, items);
      cli.out.result('tenant-removed', { removed }, () => renderRemoved(removed));
    });

/** Asks for a confirmation of the deletion. @returns the number of items to be deleted */
const confirm = async (cli: Cli, ports: Ports, id: string, yes: boolean): Promise<number> => {
  if (await findRemovedTenant(ports, id)) return 0;
  const plan = await planRemoval(ports, id);
  if (plan.items > 0 || plan.dropsTable)
    await confirmIrreversible(cli, yes, {
      request: 'tenant remove --delete-items',
      effect: `It ${effectOf(plan)}`,
      tenantId: id,
    });
  return plan.items;
};

const effectOf = ({ tenant: { table }, items, dropsTable }: RemovalPlan): string => {
  if (items === 0 && !dropsTable) return 'deletes no items.';
  const what = dropsTable
    ? `its table ${table} with ${formatCounted(items, 'item')}`
    : `its ${formatCounted(items, 'item')} in table ${table}`;
  return `deletes ${what}, after a backup of the table.`;
};

const STEPS: Readonly<Record<RemovalStep, string>> = {
  waitingForLeases: 'the route is deleted; waiting until the leases of all routers have ended',
  backingUp: 'backing up the table',
  deletingItems: 'deleting items',
  deletingTable: 'deleting the table',
  waitingForLateCalls: 'waiting until no delete that got no answer can take effect any more',
};

const run = async (
  cli: Cli,
  ports: Ports,
  request: RemovalRequest,
  items: number,
): Promise<RemovedTenant> => {
  const progress = countProgress(cli.out, 'items', 'deleted');
  let last: RemovalStep | undefined;
  try {
    return await interruptible(
      () =>
        last === undefined
          ? 'stopped; nothing was changed'
          : `stopped; the application cannot reach tenant ${request.tenantId}. Run the same command again to continue.`,
      (signal) =>
        removeTenant(ports, { ...request, signal }, (step, deleted) => {
          if (step !== last && !progress.say(STEPS[step])) cli.out.say(STEPS[step]);
          last = step;
          if (step === 'deletingItems' && items > 0) progress.on(deleted, Math.max(items, deleted));
        }),
    );
  } finally {
    progress.stop();
  }
};

const renderRemoved = ({
  tenantId,
  removedAt,
  removedBy,
  table,
  itemsDeleted,
  backup,
  isTableDropped,
}: RemovedTenant): string[] => [
  `tenant ${tenantId} was removed ${formatTime(removedAt)} by ${removedBy}.`,
  isTableDropped
    ? `Its table ${table} was deleted, with ${formatCounted(itemsDeleted, 'item')}.`
    : itemsDeleted === 0
      ? `It had no items in ${table}.`
      : `${formatCounted(itemsDeleted, 'item was', 'items were')} deleted in ${table}.`,
  ...(backup === undefined
    ? []
    : [backup === 'none' ? 'This engine makes no backups.' : `Backup: ${backup}`]),
];
