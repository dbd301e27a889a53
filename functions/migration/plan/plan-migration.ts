import { MigrationBlocked } from '../errors.ts';
import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { chooseTable } from '../provision/choose-table.ts';
import { dropsSourceTable } from '../provision/drops-source-table.ts';
import { advance } from '../record/advance.ts';
import { countedItems } from '../settings/counted-items.ts';
import { tierOf } from '../settings/settings.ts';
import { estimate } from './estimate.ts';
import { findings } from './findings.ts';
import { EMPTY_SURVEY, mergeSurveys } from './merge-surveys.ts';
import type { Plan, PlanFinding } from './plan.ts';

/**
 * Combines the passes over the partition into the plan and saves it. A dry run is complete after that, with or without
 * blockers.
 * @throws MigrationBlocked if the migration is not a dry run and has blockers.
 */
export const planMigration = async (ports: Ports, migration: Migration): Promise<{ blockers: number }> => {
  const plan = (await planOfClosed(ports, migration)) ?? (await makePlan(ports, migration));
  await ports.migrations.savePlan(migration.migrationId, plan);
  const blockers = plan.findings.filter((finding) => finding.level === 'blocker');
  if (migration.dryRun) {
    await advance(ports, migration, 'completed', `dry run, ${blockers.length} blockers`);
    await ports.migrations.noteStage(migration.migrationId, 'provision', { endedAt: ports.clock.now() });
    await ports.segments.forgetKeys(migration.migrationId);
  } else if (blockers.length > 0 && !migration.locked) {
    throw new MigrationBlocked(reasonsIn(blockers));
  }
  return { blockers: blockers.length };
};

/** Returns the saved plan of a completed dry run, which has removed some of what the plan was made from. */
const planOfClosed = async (ports: Ports, { migrationId, status }: Migration): Promise<Plan | undefined> =>
  status === 'completed' ? ports.migrations.plan(migrationId) : undefined;

/**
 * Maximum number of reasons that an error names. The plan has all of them, with item keys, which an error never
 * contains.
 */
const NAMED_REASONS = 10;

const reasonsIn = (blockers: readonly PlanFinding[]): string => {
  const more = blockers.length - NAMED_REASONS;
  const named = blockers.slice(0, NAMED_REASONS).map(({ message }) => message);
  return `${named.join('; ')}${more > 0 ? `; and ${more} more` : ''}. Nothing was changed. The plan has a remedy for each`;
};

const makePlan = async (ports: Ports, migration: Migration): Promise<Plan> => {
  const { settings } = ports;
  const tier = tierOf(settings, migration.target.tier);
  if (!tier)
    throw new MigrationBlocked(
      `tier ${migration.target.tier} is no longer in the catalogue. Nothing was changed. Add it to the settings, or move the tenant to another tier`,
    );
  let survey = EMPTY_SURVEY;
  let segments = 0;
  for await (const segment of ports.segments.list(migration.migrationId)) {
    segments += 1;
    if (segment.survey) survey = mergeSurveys(survey, segment.survey);
  }
  // Uses the survey's count: the counting pass also counts sentinels left by a crash. If the two differ otherwise while
  // the application did not write, the survey has a finding.
  const items = Object.values(survey.byEntityType).reduce((sum, type) => sum + type.items, 0);
  const bytes = Object.values(survey.byEntityType).reduce((sum, type) => sum + type.bytes, 0);
  const schools = survey.byEntityType[countedItems(settings).entityType]?.items ?? 0;
  const registered = await ports.registry.allTables();
  const { placement } = migration.target;
  // a migration that is retried keeps the table in which it has reserved a slot
  const table =
    migration.target.table ??
    chooseTable(
      settings,
      { tenantId: migration.tenantId, tier, placement, leaves: migration.source.table },
      registered,
    ).table;
  const target = { tier: tier.name, placement, table };
  const description = await ports.tables.describe(table);
  const creates = description ? [] : [table];
  return {
    tenantId: migration.tenantId,
    plannedAt: ports.clock.now(),
    source: migration.source,
    target,
    findings: await findings(ports, migration, {
      tier,
      target: table,
      description,
      schools,
      registered,
      survey,
    }),
    items,
    bytes,
    schools,
    segments,
    survey,
    creates,
    estimate: estimate(settings, {
      items,
      bytes,
      segments,
      survey,
      dropsSourceTable: await dropsSourceTable(ports, migration),
      createsTable: creates.length > 0,
      holdMs: migration.holdMs,
      readUnitsPerSecond: migration.readUnitsPerSecond,
      writeUnitsPerSecond: migration.writeUnitsPerSecond,
    }),
  };
};
