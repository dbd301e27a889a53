import { isClosed, type Status } from '../../functions/migration/life-cycle.ts';
import type { Migration } from '../../functions/migration/migration.ts';
import type { MigrationId } from '../../functions/migration/names.ts';
import { nextOf } from '../../functions/migration/operator/actions.ts';
import type { Ports } from '../../functions/migration/ports.ts';
import type { Report } from '../../functions/migration/report/report.ts';
import type { Cli } from './cli.ts';
import { EXIT } from './exit-codes.ts';
import { renderOutcome } from './render/render-outcome.ts';
import { renderPlan } from './render/render-plan.ts';
import { renderReport } from './render/render-report.ts';
import { createDisplay } from './watching/display.ts';
import { interruptible } from './watching/interrupt.ts';
import { watch } from './watching/watch.ts';

/**
 * Watches a migration until its end and shows the result.
 * @param wanted the requested end; with any other, the exit code is that of a failure.
 */
export const watchToEnd = async (
  cli: Cli,
  ports: Ports,
  migrationId: MigrationId,
  wanted: Status = 'completed',
): Promise<void> => {
  const { migration, plan } = await interruptible(
    `stopped watching; migration ${migrationId} continues. Watch it again: tierferry status ${migrationId} --watch`,
    (signal) => watch(ports, migrationId, createDisplay(cli.out, { asDocuments: true }), signal),
  );
  const report = await reportOf(ports, migration);
  const executionFailure = isClosed(migration.status)
    ? undefined
    : // show the result even if the reason cannot be read, e.g. because the call is throttled
      await ports.workflow.stoppedBy(migrationId, migration.attempt).catch(() => undefined);
  cli.exitWith(migration.status === wanted ? EXIT.done : exitCodeOfFailure(migration));
  const document = {
    migration,
    ...(executionFailure ? { stoppedBy: executionFailure } : {}),
    ...(report ? { report } : {}),
    ...(plan ? { plan } : {}),
  };
  const words = () => [
    '',
    ...(migration.dryRun && plan ? renderPlan(migrationId, plan, ports.settings) : []),
    ...(report ? [...renderReport(report), ''] : []),
    ...(migration.dryRun ? [] : renderOutcome(migration, executionFailure)),
  ];
  const execution = isClosed(migration.status) ? 'ended' : 'stopped';
  cli.out.result('migration-outcome', document, words, nextOf(migration, { execution }));
};

/** Returns the report of this end; an earlier attempt may have left one with another outcome. */
const reportOf = async (ports: Ports, { migrationId, status }: Migration): Promise<Report | undefined> => {
  const report = await ports.migrations.report(migrationId);
  return report?.outcome === status ? report : undefined;
};

/** Errors that end a migration because it would not have been safe. */
const UNSAFE_ERRORS = new Set(['MigrationBlocked', 'NotSafe', 'TenantAlreadyMigrating']);

const exitCodeOfFailure = ({ failure }: Migration): number =>
  failure && UNSAFE_ERRORS.has(failure.error) ? EXIT.notSafe : EXIT.failed;
