import type { Migration } from '../../functions/migration/migration.ts';
import type { MigrationId } from '../../functions/migration/names.ts';
import type { Ports } from '../../functions/migration/ports.ts';
import type { Cli } from './cli.ts';
import { EXIT } from './exit-codes.ts';
import { renderOutcome } from './render/render-outcome.ts';
import { renderPlan } from './render/render-plan.ts';
import { renderReport } from './render/render-report.ts';
import { createDisplay } from './watching/display.ts';
import { interruptible } from './watching/interrupt.ts';
import { watch } from './watching/watch.ts';

/** Watches a migration until its end and shows what came of it. */
export const watchToEnd = async (cli: Cli, ports: Ports, migrationId: MigrationId): Promise<void> => {
  const { migration, plan } = await interruptible(
    `stopped watching; migration ${migrationId} goes on. Watch again with: tierferry status ${migrationId} --watch`,
    (signal) => watch(ports, migrationId, createDisplay(cli.out), signal),
  );
  const report = await ports.migrations.report(migrationId);
  cli.exitWith(exitCodeOfOutcome(migration));
  cli.out.result({ migration, ...(report ? { report } : {}), ...(plan ? { plan } : {}) }, () => [
    '',
    ...(migration.dryRun && plan ? renderPlan(migrationId, plan) : []),
    ...(report ? [...renderReport(report), ''] : []),
    ...(migration.dryRun ? [] : renderOutcome(migration)),
  ]);
};

/** Reasons to end a migration that say that it would not have been safe. */
const NOT_SAFE = new Set(['MigrationBlocked', 'NotSafe', 'TenantAlreadyMigrating']);

const exitCodeOfOutcome = ({ status, failure }: Migration): number => {
  if (status === 'completed') return EXIT.done;
  return failure && NOT_SAFE.has(failure.error) ? EXIT.notSafe : EXIT.failed;
};
