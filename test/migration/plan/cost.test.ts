import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { SegmentNumber } from '../../../functions/migration/names.ts';
import { countPartition } from '../../../functions/migration/plan/count-partition.ts';
import { estimate, type Workload, workflowOf } from '../../../functions/migration/plan/estimate.ts';
import { planMigration } from '../../../functions/migration/plan/plan-migration.ts';
import { Surveyor, surveySegment } from '../../../functions/migration/plan/survey-segment.ts';
import { parseSettings } from '../../../functions/migration/settings/settings.ts';
import { formatCount, formatUsd } from '../../../scripts/cli/render/figures.ts';
import { districtItems } from '../../../scripts/demo/school-data.ts';
import { fakePorts } from '../../support/fake-ports.ts';
import { aMigration } from '../../support/records.ts';

const DOC = readFileSync(new URL('../../../docs/cost.md', import.meta.url), 'utf8');
const settings = parseSettings({});
const DAY_MS = 24 * 60 * 60_000;

/** A district of the sample data, item by item. */
const measured = (items: number): Workload => {
  const surveyor = new Surveyor(settings.tableDesign);
  for (const item of districtItems({ tenantId: 'cedar-valley', schools: 12, items, seed: 'cost' }))
    surveyor.add(item);
  const survey = surveyor.value();
  const bytes = Object.values(survey.byEntityType).reduce((sum, type) => sum + type.bytes, 0);
  const segments = Math.ceil(items / settings.pageItems);
  return { items, bytes, survey, segments, dropsSourceTable: false, createsTable: false, holdMs: DAY_MS };
};

/** The same mix, `times` as much of it; the later segments hold more pages, so 5 million items have 1,000. */
const larger = (load: Workload, times: number, segments: number): Workload => ({
  ...load,
  items: load.items * times,
  bytes: load.bytes * times,
  segments,
  survey: {
    ...load.survey,
    tableWriteUnits: load.survey.tableWriteUnits * times,
    indexWriteUnits: load.survey.indexWriteUnits * times,
  },
});

const basic = measured(40_000);
const big = larger(basic, 125, 1_000);
const LOADS: readonly (readonly [string, Workload])[] = [
  ['40,000 items, between shared tables', basic],
  ['5,000,000 items, into a table of its own', { ...big, createsTable: true }],
  ['5,000,000 items, out of one', { ...big, dropsSourceTable: true }],
];

test("docs/cost.md shows the planner's results", () => {
  const rows = LOADS.flatMap(([name, load]) => {
    const { readUnits, writeUnits, usd: cost } = estimate(settings, load);
    const { transitions, invocations } = workflowOf(load);
    return [
      `| ${name} | ${formatCount(readUnits)} | ${formatCount(writeUnits)} | ${formatCount(transitions)} | ${formatCount(invocations)} |`,
      `| ${name} | ${[cost.reads, cost.writes, cost.stepFunctions, cost.lambda, cost.streams, cost.total].map(formatUsd).join(' | ')} |`,
    ];
  });
  for (const row of rows) expect(DOC, `it should have: ${row}`).toContain(row);
  expect(DOC).toContain(`prices of ${settings.prices.asOf}`);
  expect(DOC).toContain(`in ${(basic.survey.indexWriteUnits / basic.items).toFixed(1)} indexes`);
  expect(DOC).toContain(`${(basic.bytes / basic.items / 1_000).toFixed(2)} KB`);
});

const secondsOf = (limits: Partial<Workload>, of: object = {}) => {
  const { stages } = estimate({ ...settings, ...of }, { ...basic, ...limits });
  return Object.fromEntries(stages.map(({ stage, seconds }) => [stage, seconds]));
};

test("a migration's read limit makes every stage that reads longer, and its reads cost no more", () => {
  const [half, tenth] = [secondsOf({}), secondsOf({ readUnitsPerSecond: settings.readUnitsPerSecond / 10 })];
  expect(tenth.provision).toBeCloseTo(10 * (half.provision ?? 0));
  // at the deployment's limit the writes of the copy take longer than its reads
  expect(tenth.copy).toBeGreaterThan(half.copy ?? 0);
  expect(tenth.cleanUp).toBeGreaterThan(half.cleanUp ?? 0);
  expect(tenth.registry).toBe(half.registry);
  const slow = estimate(settings, { ...basic, readUnitsPerSecond: 50 });
  expect(slow.readUnits).toBe(estimate(settings, basic).readUnits);
  const reads = slow.stages.find(({ stage }) => stage === 'cleanUp')?.readUnits ?? 0;
  expect(secondsOf({ readUnitsPerSecond: 50 }).cleanUp).toBeCloseTo(reads / 50);
});

test("a migration without its own limit is estimated at the deployment's read limit", () => {
  expect(secondsOf({})).toEqual(secondsOf({ readUnitsPerSecond: settings.readUnitsPerSecond }));
  expect(secondsOf({}, { readUnitsPerSecond: 150 })).toEqual(secondsOf({ readUnitsPerSecond: 150 }));
});

test("a limit above a partition's capacity changes nothing", () => {
  const { readUnitsPerSecond, writeUnitsPerSecond } = settings.throughput;
  expect(secondsOf({ readUnitsPerSecond: 1e9, writeUnitsPerSecond: 1e9 })).toEqual(
    secondsOf({ readUnitsPerSecond, writeUnitsPerSecond }),
  );
});

test("a migration's write limit makes the copy and the clean-up longer", () => {
  const slow = secondsOf({ writeUnitsPerSecond: 100 });
  expect(slow.copy).toBeGreaterThan(5 * (secondsOf({}).copy ?? 0));
  expect(slow.cleanUp).toBeGreaterThan(5 * (secondsOf({}).cleanUp ?? 0));
  expect(slow.provision).toBe(secondsOf({}).provision);
});

test("a plan is estimated at the migration's own limits", async () => {
  const ports = fakePorts();
  const migration = aMigration({ dryRun: true, status: 'planning', readUnitsPerSecond: 2 });
  const { table } = migration.source;
  await ports.tables.create(table, ports.settings.tableDesign);
  const partition = ports.tables.partition(migration.tenantId);
  for (let n = 0; n < 20; n += 1) {
    const key = { tenantId: { S: migration.tenantId }, entityKey: { S: `K#${n}` } };
    await partition.write(table, { puts: [{ ...key, v: { S: 'x'.repeat(4_000) } }], deletes: [] });
  }
  await ports.migrations.create(migration);
  await countPartition(ports, migration, { deadline: Number.POSITIVE_INFINITY });
  await surveySegment(ports, migration, 0 as SegmentNumber);
  await planMigration(ports, migration);
  const plan = await ports.migrations.plan(migration.migrationId);
  const provision = plan?.estimate.stages.find(({ stage }) => stage === 'provision');
  // and half a minute for the target's table
  expect(provision?.seconds).toBe((provision?.readUnits ?? 0) / 2 + 30);
});
