import { nextOf } from '../../functions/migration/operator/actions.ts';
import type { Plan } from '../../functions/migration/plan/plan.ts';
import {
  type MigrationRequest,
  requestMigration,
} from '../../functions/migration/requests/request-migration.ts';
import type { Cli } from './cli.ts';
import { EXIT } from './exit-codes.ts';
import { renderOutcome } from './render/render-outcome.ts';
import { renderPlan } from './render/render-plan.ts';
import { createDisplay } from './watching/display.ts';
import { interruptible } from './watching/interrupt.ts';
import { watch } from './watching/watch.ts';

/** Requests a dry run, waits for its plan and shows it. If the plan has blockers, the exit code is 3. */
export const showPlan = async (cli: Cli, request: Omit<MigrationRequest, 'dryRun'>): Promise<void> => {
  const ports = cli.ports({ workflow: true });
  const { migrationId } = await requestMigration(ports, { ...request, dryRun: true });
  const progress = await interruptible(
    `stopped waiting; the dry run continues. See its plan: tierferry report ${migrationId}`,
    (signal) => watch(ports, migrationId, createDisplay(cli.out), signal),
  );
  const { migration, plan } = progress;
  if (migration.status !== 'completed' || !plan) {
    cli.exitWith(EXIT.failed);
    cli.out.result('migration', { migration }, () => renderOutcome(migration), nextOf(migration));
    return;
  }
  const blocked = isBlocked(plan);
  if (blocked) cli.exitWith(EXIT.notSafe);
  cli.out.result('plan', { migrationId, blocked, plan }, () => [
    '',
    ...renderPlan(migrationId, plan, ports.settings),
  ]);
};

/** True if the plan has a reason not to migrate. */
export const isBlocked = ({ findings }: Plan): boolean => findings.some(({ level }) => level === 'blocker');
