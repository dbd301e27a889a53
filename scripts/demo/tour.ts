import { formatDuration } from '../../functions/migration/format-duration.ts';
import type { Migration } from '../../functions/migration/migration.ts';
import type { Progress } from '../../functions/migration/operator/progress.ts';
import type { Plan } from '../../functions/migration/plan/plan.ts';
import type { Ports } from '../../functions/migration/ports.ts';
import type { Tenant } from '../../functions/migration/registry/tenant.ts';
import type { Report } from '../../functions/migration/report/report.ts';
import { requestMigration } from '../../functions/migration/requests/request-migration.ts';
import type { Out } from '../cli/out.ts';
import { formatCount, formatCounted } from '../cli/render/figures.ts';
import { renderOutcome } from '../cli/render/render-outcome.ts';
import { renderPlan } from '../cli/render/render-plan.ts';
import { renderReport } from '../cli/render/render-report.ts';
import { renderTenants } from '../cli/render/render-tenants.ts';
import { indent } from '../cli/render/text-table.ts';
import { createDisplay } from '../cli/watching/display.ts';
import { watch } from '../cli/watching/watch.ts';
import { checkAftermath, type DemoCheck, neighbourChecksums } from './aftermath.ts';
import { renderDemoCheck } from './render-aftermath.ts';
import { type SeedResult, seedDemo } from './seed.ts';
import { seedProgress } from './seed-progress.ts';

export interface TourResult {
  readonly tenants: readonly Tenant[];
  readonly plan: Plan;
  readonly migration: Migration;
  readonly report: Report;
  readonly after: DemoCheck;
}

interface TourContext {
  readonly out: Out;
  readonly ports: Ports;
  readonly signal: AbortSignal;
}

/** The tier that fits the chosen district's fifteen schools. */
const TO_TIER = 'advanced';

/**
 * Seeds the districts, shows a dry run of the chosen one, migrates it and checks the tables afterwards.
 * @throws Error if the migration does not complete, or the tables are not as they must be after it.
 */
export const tour = async (
  out: Out,
  { ports }: { readonly ports: Ports },
  { items, signal }: { readonly items: number; readonly signal: AbortSignal },
): Promise<TourResult> => {
  const world = { out, ports, signal };
  const { tenants, chosen } = await seed(world, items);
  const before = await neighbourChecksums(ports, tenants, chosen);
  const plan = await dryRun(world, chosen);
  const { migration, report } = await migrate(world, chosen);
  heading(out, 'The tables after the migration');
  const after = await checkAftermath(ports, migration, before);
  out.say(renderDemoCheck(chosen.tenantId, after));
  if (!after.asItShould) throw new Error('the tables are not as they must be after the migration');
  return { tenants, plan, migration, report, after };
};

export const heading = (out: Out, text: string): void => out.say(['', `== ${text}`]);

const seed = async ({ out, ports, signal }: TourContext, items: number): Promise<SeedResult> => {
  heading(out, 'Sample districts');
  const startedAt = performance.now();
  const progress = seedProgress(out);
  try {
    const seeded = await seedDemo({ ports }, { items, signal, onProgress: progress.on });
    progress.stop();
    const { tenants, chosen } = seeded;
    out.say([
      `  ${formatCounted(tenants.length, 'district')}, ${formatCounted(seeded.items, 'item')}, written in ${formatDuration(performance.now() - startedAt)}`,
      '',
      ...indent(renderTenants(tenants, out.stream.columns)),
      '',
      `  ${chosen.tenantId} has ${formatCounted(chosen.schoolCount, 'school')}; tier ${chosen.tier} allows ${chosen.maxSchools}, so it should move to ${TO_TIER}.`,
    ]);
    return seeded;
  } finally {
    progress.stop();
  }
};

const dryRun = async (world: TourContext, { tenantId }: Tenant): Promise<Plan> => {
  const { out } = world;
  heading(out, `Dry run: tierferry plan ${tenantId} --to ${TO_TIER}`);
  const { migration, plan } = await run(world, tenantId, true);
  if (!plan) throw new Error(renderOutcome(migration).join(' '));
  const { writeUnitsPerSecond: writes, readUnitsPerSecond: reads } = world.ports.settings.throughput;
  out.say([
    '',
    ...renderPlan(migration.migrationId, plan),
    '',
    `  Times are for AWS: at most ${formatCount(writes)} write and ${formatCount(reads)} read units/s per partition.`,
  ]);
  return plan;
};

const migrate = async (
  world: TourContext,
  { tenantId }: Tenant,
): Promise<{ migration: Migration; report: Report }> => {
  const { out, ports } = world;
  heading(out, `Migration: tierferry migrate ${tenantId} --to ${TO_TIER} --hold 0 --watch`);
  const { migration } = await run(world, tenantId, false);
  const report = await ports.migrations.report(migration.migrationId);
  if (report) out.say(['', ...renderReport(report)]);
  if (migration.status !== 'completed' || !report) throw new Error(renderOutcome(migration).join(' '));
  return { migration, report };
};

const run = async (
  { out, ports, signal }: TourContext,
  tenantId: string,
  isDry: boolean,
): Promise<Progress> => {
  const { migrationId } = await requestMigration(ports, {
    tenantId,
    toTier: TO_TIER,
    dryRun: isDry,
    holdMs: 0,
    requestedBy: 'demo',
    reason: 'the district has outgrown its tier',
  });
  return watch(ports, migrationId, createDisplay(out), signal);
};
