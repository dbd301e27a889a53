import { TierferryError } from '../../../functions/migration/errors.ts';
import { isClosed, statusWords } from '../../../functions/migration/life-cycle.ts';
import { type Define, withExamples } from '../cli.ts';
import { findLatestMigration } from '../find-named-migration.ts';
import { renderPlan } from '../render/render-plan.ts';
import { renderReport } from '../render/render-report.ts';
import { isBlocked } from '../show-plan.ts';

/** The migration has no report. A report is written when a migration is closed. */
class ReportNotFound extends TierferryError {}

export const defineReport: Define = (command, cli) =>
  withExamples(command, [
    'report mig-20260304050607-1a2b3c4d',
    'report cedar-valley',
    'report mig-20260304050607-1a2b3c4d --json > report.json',
  ]).action(async (id: string) => {
    const ports = cli.ports();
    const { migrationId, status, dryRun } = await findLatestMigration(ports, id);
    const report = await ports.migrations.report(migrationId);
    if (report) return cli.out.result('report', { report }, () => renderReport(report));
    const plan = dryRun ? await ports.migrations.plan(migrationId) : undefined;
    if (plan)
      return cli.out.result('plan', { migrationId, blocked: isBlocked(plan), plan }, () =>
        renderPlan(migrationId, plan, ports.settings),
      );
    throw new ReportNotFound(
      isClosed(status)
        ? `${migrationId} is ${statusWords(status)} and has no report; see 'tierferry status ${migrationId} --events'`
        : `${migrationId} is ${statusWords(status)} and has no report yet; see 'tierferry status ${migrationId} --watch'`,
    );
  });
