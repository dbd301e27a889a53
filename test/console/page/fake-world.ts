import { createHash } from 'node:crypto';
import type { Status } from '../../../functions/migration/life-cycle.ts';
import type { Migration, Stage } from '../../../functions/migration/migration.ts';
import {
  epochMs,
  type MigrationId,
  readUnits,
  type TableName,
  type TenantId,
  type TierName,
  tableName,
  writeUnits,
} from '../../../functions/migration/names.ts';
import { registerTenant } from '../../../functions/migration/operator/register-tenant.ts';
import type { Plan } from '../../../functions/migration/plan/plan.ts';
import type { Report } from '../../../functions/migration/report/report.ts';
import type { Segment } from '../../../functions/migration/segment.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { type FakePorts, fakePorts } from '../../support/fake-ports.ts';
import { aMigration, aPlan, aSegment } from '../../support/records.ts';
import { fakeControl, recordsOf } from './fake-control.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** The machine's clock, for a world that a person looks at. */
class WallClock extends FakeClock {
  override now() {
    return epochMs(Date.now());
  }
  override monotonic() {
    return performance.now();
  }
  override sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(resolve, ms);
      signal?.addEventListener('abort', () => {
        clearTimeout(timer);
        reject(signal.reason);
      });
    });
  }
}

const NAMES = [
  ...['Amber Lake', 'Birchwood', 'Cedar Valley', 'Dry Creek', 'Elk Meadow', 'Foxglove', 'Gull Point'],
  ...['Hazel Ridge', 'Indigo Falls', 'Jasper Plains', 'Kestrel Hill', 'Larch Grove', 'Maple Fork'],
  ...[
    'North Haven',
    'Oak Summit',
    'Pine Hollow',
    'Quartz Hills',
    'Red Canyon',
    'Silver Brook',
    'Teal Harbor',
  ],
  ...['Umber Flats', 'Violet Springs', 'Willow Bend', 'Yarrow Park', 'Zephyr Point', 'Aspen Grove'],
  ...['Bluff Creek', 'Copper Ridge', 'Dune Shore', 'Echo Valley', 'Fern Gully', 'Granite Pass'],
] as const;
const SCHOOLS = [3, 6, 15, 5, 9, 8, 4, 10, 18, 41, 47, 22, 34, 12, 77, 60, 88, 2, 7, 1, 8, 3, 5, 29, 16, 11];

/** Indexes of the tenants that get a dedicated table. */
const ENTERPRISE = new Set([14, 26]);
const PREMIUM = new Set([15, 16]);
const ADVANCED = new Set([8, 9, 10, 11, 12, 13, 23, 24, 25]);
const tierOf = (n: number): string => {
  if (ENTERPRISE.has(n)) return 'enterprise';
  if (PREMIUM.has(n)) return 'premium';
  return ADVANCED.has(n) ? 'advanced' : 'basic';
};

const slugOf = (name: string): string => name.toLowerCase().replaceAll(' ', '-');

const schoolsAt = (n: number): number => (ENTERPRISE.has(n) ? 320 : (SCHOOLS[n] ?? 4));
const schoolsOf = (tenantId: TenantId): number =>
  schoolsAt(NAMES.findIndex((name) => slugOf(name) === tenantId));

const addTenants = async (ports: FakePorts): Promise<void> => {
  for (const [n, name] of NAMES.entries())
    await registerTenant(ports, {
      tenantId: slugOf(name),
      name: `${name} District`,
      tier: tierOf(n),
      schoolCount: schoolsAt(n),
      by: 'setup',
    });
};

/** A migration of the seeded world, as a person would see it. */
interface Story {
  readonly tenant: string;
  readonly to: string;
  readonly placement?: 'shared' | 'dedicated';
  /** The statuses that it has passed, each with the minutes since it began. */
  readonly path: readonly (readonly [Status, number])[];
  readonly by?: string;
  readonly reason?: string;
  /** Share of its segments that are copied. */
  readonly copied?: number;
  readonly segments?: number;
  readonly runs?: boolean;
  readonly patch?: Partial<Migration>;
}

const STAGE_OF: Partial<Record<Status, Stage>> = {
  provisioning: 'provision',
  copying: 'copy',
  catchingUp: 'copy',
  cuttingOver: 'flip',
  holding: 'cleanUp',
  cleaningUp: 'cleanUp',
};

const stagesOf = (path: Story['path'], now: number): Migration['stages'] => {
  const stages: Partial<Record<Stage, { startedAt: number; endedAt?: number }>> = {};
  let open: Stage | undefined;
  for (const [status, ago] of path) {
    const stage = STAGE_OF[status];
    const at = now - ago * MINUTE;
    const before = open === undefined ? undefined : stages[open];
    if (open !== undefined && before && stage !== open) before.endedAt = at;
    // the end of the last segment's copy, which the end of the comparison replaces
    if (status === 'catchingUp' && stages.copy) stages.copy.endedAt = at;
    if (stage === 'flip') stages.registry = { startedAt: at - 1_400, endedAt: at - 600 };
    if (stage !== undefined) stages[stage] ??= { startedAt: at };
    open = stage;
  }
  return Object.fromEntries(
    Object.entries(stages).map(([stage, { startedAt, endedAt }]) => [
      stage,
      { startedAt: epochMs(startedAt), ...(endedAt === undefined ? {} : { endedAt: epochMs(endedAt) }) },
    ]),
  );
};

const idAt = (at: number, n: number): MigrationId =>
  `mig-${new Date(at).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z-${String(n).padStart(8, '0')}` as MigrationId;

const REASON: Partial<Record<Status, string>> = {
  planning: 'the plan is being made',
  provisioning: 'the plan has no blocker',
  copying: 'the target is ready',
  catchingUp: 'the copy has ended',
  cuttingOver: 'the fence begins',
  holding: 'writes go to the target',
  cleaningUp: 'the hold is over',
  completed: 'the source is gone',
  rollingBack: 'the migration is undone',
  rolledBack: 'the tenant is on the source',
  failed: 'an execution has failed',
};

/** Makes the records of a story: its migration, audit trail, segments, tenant lock and reserved slot. */
const tell = async (ports: FakePorts, story: Story, n: number): Promise<Migration> => {
  const now = ports.clock.now();
  const tenant = await ports.registry.tenant(story.tenant as TenantId);
  const [, begunAgo] = story.path[0] ?? ['queued', 0];
  if (!tenant) throw new Error(`there is no tenant ${story.tenant}`);
  const requestedAt = epochMs(now - begunAgo * MINUTE);
  const { tenantId, table, tier, placement } = tenant;
  let migration = aMigration({
    migrationId: idAt(requestedAt, n),
    tenantId,
    source: { tier, placement, table },
    target: { tier: story.to as TierName, placement: story.placement ?? 'shared' },
    requestedAt,
    updatedAt: requestedAt,
    requestedBy: story.by ?? 'growth',
    reason: story.reason ?? '15 schools, and tier basic holds 10',
    holdMs: 24 * HOUR,
  });
  await ports.migrations.create(migration, await ports.migrations.latest(tenantId));
  for (const [status, ago] of story.path.slice(1)) {
    if (status === 'provisioning') await ports.registry.lockTenant(tenantId, migration.migrationId, table);
    if (status === 'copying') await reserve(ports, migration);
    const at = epochMs(now - ago * MINUTE);
    migration = await ports.migrations.transition(migration, status, {
      who: 'workflow',
      reason: REASON[status] ?? status,
      at,
    });
  }
  const records = recordsOf(ports);
  const record = { ...migration, ...records.get(migration.migrationId) };
  const [, lastAgo] = story.path.at(-1) ?? ['queued', 0];
  const updatedAt = epochMs(now - lastAgo * MINUTE);
  const isReserved = story.path.some(([status]) => status === 'copying');
  const target = isReserved ? { ...record.target, table: targetTableOf(record) } : record.target;
  const whole = { ...record, target, updatedAt, stages: stagesOf(story.path, now), ...story.patch };
  records.set(migration.migrationId, whole);
  await addSegments(ports, whole, story);
  await begin(ports, whole, story.runs !== false);
  return whole;
};

/** Starts the execution of a migration; a story without one has stopped. */
const begin = async ({ workflow }: FakePorts, migration: Migration, runs: boolean): Promise<void> => {
  const { migrationId, attempt, status } = migration;
  if (status === 'queued') return;
  await workflow.start(migrationId, attempt);
  const isReversed = status === 'rollingBack';
  if (isReversed) await workflow.startRollback(migrationId, attempt);
  if (!runs || isReversed) workflow.migrations.set(`${migrationId}-${attempt}`, 'ended');
};

const targetTableOf = ({ target, tenantId }: Migration): TableName =>
  tableName(
    target.placement === 'shared'
      ? `saas-tenant-data-${target.tier}`
      : `saas-tenant-data-${target.tier}-${tenantId}`,
  );

const reserve = async (ports: FakePorts, migration: Migration): Promise<void> => {
  const { target } = migration;
  const table = targetTableOf(migration);
  if (!(await ports.registry.table(table)))
    await ports.registry.addTable({
      ...{ table, tier: target.tier, placement: target.placement, freeSlots: 1, tenants: 0 },
      ...{ reserved: 0, departing: 0, state: 'active' },
      ...(target.placement === 'dedicated' ? { tenantId: migration.tenantId } : {}),
    });
  await ports.registry.reserveSlot(migration, table);
};

const addSegments = async (ports: FakePorts, migration: Migration, story: Story): Promise<void> => {
  const { segments = 24, copied = 1 } = story;
  if (migration.status === 'queued' || migration.status === 'planning') return;
  const all = Array.from({ length: segments }, (_, n) => {
    const counted = 1_200 + ((n * 97) % 800);
    const share = Math.max(0, Math.min(1, copied * segments - n));
    const items = Math.round(counted * share);
    return aSegment(n, {
      counted,
      copied: { items, bytes: items * 412 },
      copyDone: share === 1,
      range: {},
      ...(items > 0 && n % 7 === 3 ? { throttles: 3 } : {}),
      ...comparedIn(migration, n, counted),
      units: {
        ...{ survey: usedUnits(counted / 20, 0), copy: usedUnits(items / 10, items * 3.7) },
        ...{ verify: usedUnits(0, 0), cleanUp: usedUnits(0, 0) },
      },
    });
  });
  await ports.segments.add(migration.migrationId, all);
};

const usedUnits = (read: number, write: number) => ({
  read: readUnits(Math.round(read)),
  write: writeUnits(Math.round(write)),
});

/** Fields of a segment that has been compared, and of one whose source has been cleaned up. */
const comparedIn = ({ migrationId, status }: Migration, n: number, items: number): Partial<Segment> => {
  const isFlipped = status === 'holding' || status === 'completed';
  const side = { items, bytes: items * 412, checksum: sha(`${migrationId} ${n}`) };
  return {
    ...(status === 'catchingUp' && n < 18 ? { compared: { items, differing: 1, ms: 40, round: 1 } } : {}),
    ...(isFlipped
      ? { verified: { source: side, target: side, changed: n % 9 === 0 ? 1 : 0 }, kept: side }
      : {}),
    ...(status === 'completed' ? { keptAfterHold: side, cleanUpDone: true } : {}),
  };
};

const aRealPlan = (migration: Migration, plannedAt: number, given: Partial<Plan> = {}): Plan =>
  aPlan(migration, {
    plannedAt: epochMs(plannedAt),
    source: migration.source,
    target: { ...migration.target, table: tableName(`saas-tenant-data-${migration.target.tier}`) },
    findings: [
      {
        level: 'warning',
        code: 'hot-table',
        message: 'saas-tenant-data-advanced used 71 % of its write capacity in the last hour',
        remedy: 'Set a write limit for the migration, or wait for a quieter hour.',
      },
    ],
    items: 38_214,
    bytes: 15_744_168,
    schools: schoolsOf(migration.tenantId),
    segments: 24,
    survey: {
      byEntityType: {
        GRADE: { items: 17_420, bytes: 5_920_040 },
        ATTENDANCE: { items: 11_034, bytes: 3_310_200 },
        ASSIGNMENT: { items: 5_212, bytes: 3_544_160 },
        STUDENT: { items: 3_610, bytes: 2_310_400 },
        COURSE: { items: 640, bytes: 448_000 },
        TEACHER: { items: 222, bytes: 155_400 },
        CLASSROOM: { items: 61, bytes: 42_700 },
        SCHOOL: { items: schoolsOf(migration.tenantId), bytes: 13_268 },
      },
      largestItemBytes: 18_411,
      tableWriteUnits: 41_020,
      indexWriteUnits: 102_400,
    },
    creates: [],
    estimate: {
      stages: [
        { stage: 'provision', readUnits: readUnits(1_930), writeUnits: writeUnits(12), seconds: 6 },
        { stage: 'copy', readUnits: readUnits(3_860), writeUnits: writeUnits(143_420), seconds: 164 },
        { stage: 'registry', readUnits: readUnits(2), writeUnits: writeUnits(8), seconds: 1 },
        { stage: 'flip', readUnits: readUnits(260), writeUnits: writeUnits(40), seconds: 3 },
        { stage: 'cleanUp', readUnits: readUnits(3_860), writeUnits: writeUnits(143_420), seconds: 170 },
      ],
      readUnits: readUnits(9_912),
      writeUnits: writeUnits(286_900),
      seconds: 174,
      fenceMs: 1_350,
      usd: {
        reads: 0.0012,
        writes: 0.1793,
        stepFunctions: 0.0071,
        lambda: 0.0094,
        streams: 0.004,
        total: 0.201,
      },
      pricesAsOf: '2025-06',
    },
    ...given,
  });

const sha = (text: string): string => createHash('sha256').update(text).digest('hex');

const aReport = (migration: Migration, closedAt: number): Report => {
  const side = { items: 38_214, bytes: 15_744_168, checksum: sha(migration.migrationId) };
  const { migrationId, tenantId, source, target, status: outcome } = migration;
  const units = (read: number, write: number) => ({ read: readUnits(read), write: writeUnits(write) });
  return {
    ...{ migrationId, tenantId, outcome, attempts: 1, source, target },
    ...(outcome === 'completed'
      ? {
          verified: { source: side, target: side, changed: 0 },
          keptSource: { atFlip: side, afterHold: side, expiringItems: 0 },
        }
      : {}),
    ...{ differences: [], differing: 0, foreign: [], cutovers: 1 },
    durations: {
      ...{ provision: 5_100, copy: 171_000, registry: 800, flip: 3_300, cleanUp: 86_580_000 },
      ...{ toFlipMs: 181_200, fenceMs: 1_212, fencedMs: 1_212, totalMs: 86_761_200 },
    },
    units: {
      ...{ survey: units(1_930, 0), copy: units(3_871, 144_010), verify: units(7_720, 0) },
      ...{ cleanUp: units(3_860, 143_420), apply: units(84, 322), discard: units(0, 0) },
    },
    predicted: { items: 38_100, toFlipMs: 174_000, readUnits: 9_912, writeUnits: 286_900, fenceMs: 1_350 },
    notes: [],
    closedAt: new Date(closedAt).toISOString(),
    sha256: sha(`report of ${migrationId}`),
  };
};

const admit = async (ports: FakePorts, migrations: readonly Migration[]): Promise<void> => {
  const current = await ports.admissions.current();
  await ports.admissions.replace(
    current,
    migrations.map(({ migrationId, source, target, requestedAt }) => ({
      ...{ migrationId, source: source.table, at: requestedAt },
      ...(target.placement === 'shared' ? { target: target.tier } : {}),
    })),
  );
};

/** Creates the tables that the registry has, with a capacity of each kind. */
const createTables = async ({ registry, tables, settings }: FakePorts): Promise<void> => {
  for await (const { table } of registry.tables()) await tables.create(table, settings.tableDesign);
  tables.alter(tableName('saas-tenant-data-basic'), { mostOnDemand: { read: 12_000, write: 4_000 } });
  tables.alter(tableName('saas-tenant-data-advanced'), { provisioned: { read: 6_000, write: 1_200 } });
};

const flipped = {
  ...{ forwardMs: 1_240, totalMs: 1_240 },
  forwardPhases: { leasesOut: 640, sentinels: 905, drained: 1_112, compared: 1_214 },
};

/** Migrations that have been admitted and have not flipped. */
const running = (now: number): readonly Story[] => [
  {
    ...{ tenant: 'cedar-valley', to: 'advanced', copied: 0.62, segments: 48 },
    path: [
      ['queued', 9],
      ['planning', 8.8],
      ['provisioning', 8.2],
      ['copying', 7.9],
    ],
  },
  {
    ...{ tenant: 'hazel-ridge', to: 'advanced', by: 'ana', reason: 'a new school opens on Monday' },
    path: [
      ['queued', 42],
      ['planning', 41],
      ['provisioning', 40],
      ['copying', 39],
      ['catchingUp', 12],
    ],
    patch: { cutoverHeld: true, writeUnitsPerSecond: 300 },
  },
  {
    ...{ tenant: 'foxglove', to: 'advanced', by: 'ben', reason: 'nearly at the limit', copied: 0.18 },
    path: [
      ['queued', 95],
      ['planning', 94],
      ['provisioning', 93],
      ['copying', 92],
    ],
    patch: { paused: true },
  },
  {
    ...{ tenant: 'dry-creek', to: 'advanced', copied: 0.4, runs: false },
    path: [
      ['queued', 130],
      ['planning', 129],
      ['provisioning', 128],
      ['copying', 127],
    ],
  },
  {
    ...{ tenant: 'jasper-plains', to: 'premium', by: 'ana', reason: '41 schools and growing' },
    path: [
      ['queued', 75],
      ['planning', 74],
      ['provisioning', 73],
      ['copying', 70],
      ['catchingUp', 21],
    ],
    patch: {
      convergence: {
        ...{ since: epochMs(now - 20 * MINUTE), backlog: 8_400 },
        ...{ journalledPerSecond: 310, appliedPerSecond: 290, notConverging: true },
      },
    },
  },
];

/** Migrations after the flip, or being rolled back. */
const afterFlip = (now: number): readonly Story[] => [
  {
    ...{ tenant: 'violet-springs', to: 'advanced', by: 'ana', reason: 'contract of this year' },
    path: [
      ...([
        ['queued', 320],
        ['planning', 319],
        ['provisioning', 318],
        ['copying', 317],
      ] as const),
      ...([
        ['catchingUp', 300],
        ['cuttingOver', 298.1],
        ['holding', 298],
      ] as const),
    ],
    patch: { flippedAt: epochMs(now - 298 * MINUTE), fences: flipped, cutovers: 1 },
  },
  {
    ...{ tenant: 'echo-valley', to: 'advanced', by: 'ben', reason: 'a new programme' },
    path: [
      ...([
        ['queued', 400],
        ['planning', 399],
        ['provisioning', 398],
        ['copying', 397],
      ] as const),
      ...([
        ['catchingUp', 380],
        ['cuttingOver', 378.1],
        ['holding', 378],
        ['rollingBack', 4],
      ] as const),
    ],
    patch: {
      ...{ flippedAt: epochMs(now - 378 * MINUTE), fences: flipped, cutovers: 1 },
      cancellation: { by: 'ben', reason: 'their reports are slower there' },
    },
  },
];

/** Migrations that have ended, each with a report. */
const ended = (now: number): readonly Story[] => [
  {
    ...{ tenant: 'north-haven', to: 'premium', by: 'growth', runs: false },
    path: [
      ...([
        ['queued', 3_000],
        ['planning', 2_999],
        ['provisioning', 2_998],
        ['copying', 2_997],
      ] as const),
      ...([
        ['catchingUp', 2_980],
        ['cuttingOver', 2_979],
        ['holding', 2_978.9],
      ] as const),
      ...([
        ['cleaningUp', 1_538],
        ['completed', 1_530],
      ] as const),
    ],
    patch: { flippedAt: epochMs(now - 2_978.9 * MINUTE), fences: flipped, cutovers: 1, locked: false },
  },
  {
    ...{ tenant: 'maple-fork', to: 'advanced', by: 'ben', reason: 'request of the district' },
    ...{ runs: false, copied: 0.1 },
    path: [
      ...([
        ['queued', 1_200],
        ['planning', 1_199],
        ['provisioning', 1_198],
        ['copying', 1_197],
      ] as const),
      ...([
        ['rollingBack', 1_190],
        ['failed', 1_188],
      ] as const),
    ],
    patch: {
      failure: {
        ...{ error: 'Throttled', cause: 'the target took no write for 10 minutes' },
        at: epochMs(now - 1_190 * MINUTE),
      },
    },
  },
];

const WAITING: readonly Story[] = [
  { tenant: 'teal-harbor', to: 'advanced', by: 'growth', runs: false, path: [['queued', 6]] },
  { tenant: 'gull-point', to: 'advanced', by: 'growth', runs: false, path: [['queued', 5]] },
  { tenant: 'zephyr-point', to: 'premium', by: 'growth', runs: false, path: [['queued', 3]] },
];
const DRY_RUN: Story = {
  ...{ tenant: 'kestrel-hill', to: 'premium', by: 'ana', reason: 'how long would it take?', runs: false },
  path: [
    ['queued', 7],
    ['planning', 6.8],
    ['completed', 6.5],
  ],
  patch: { dryRun: true },
};

/** A world in memory with some dozens of tenants, and migrations in every state that an operator may have to handle. */
export const seededWorld = async (settings: unknown = {}): Promise<FakePorts> => {
  const base = fakePorts(settings, new WallClock());
  const ports: FakePorts = { ...base, control: fakeControl(base) };
  await addTenants(ports);
  const now = ports.clock.now();
  let n = 0;
  const tellAll = async (stories: readonly Story[]): Promise<Migration[]> => {
    const listed: Migration[] = [];
    for (const story of stories) {
      n += 1;
      listed.push(await tell(ports, story, n));
    }
    return listed;
  };
  const before = await tellAll(running(now));
  const after = await tellAll(afterFlip(now));
  const closed = await tellAll(ended(now));
  await tellAll(WAITING);
  const dryRuns = await tellAll([DRY_RUN]);
  for (const one of [...before, ...after, ...closed])
    await ports.migrations.savePlan(one.migrationId, aRealPlan(one, one.requestedAt));
  for (const one of dryRuns)
    await ports.migrations.savePlan(one.migrationId, aRealPlan(one, now - 6.5 * MINUTE));
  for (const one of closed) {
    await ports.registry.unlockTenant(one.tenantId, one.migrationId);
    await ports.migrations.saveReport(one.migrationId, aReport(one, now - 1_188 * MINUTE));
  }
  await admit(ports, before);
  await createTables(ports);
  await ports.registry.setRetiring(tableName('saas-tenant-data-premium'), true);
  return ports;
};

const CLAIM_MS = 10_000;
const ITEMS_PER_STEP = 400;

/** Takes each dry run a step further, and gives it its plan in the end. */
const planDryRuns = async (ports: FakePorts): Promise<void> => {
  for (const migration of [...recordsOf(ports).values()]) {
    if (!migration.dryRun) continue;
    const at = ports.clock.now();
    const step = { who: 'workflow', reason: 'the plan is being made', at };
    if (migration.status === 'queued') await ports.migrations.transition(migration, 'planning', step);
    if (migration.status !== 'planning') continue;
    await ports.migrations.savePlan(migration.migrationId, aRealPlan(migration, at));
    await ports.migrations.transition(migration, 'completed', { ...step, reason: 'the plan is made' });
  }
};

/** Copies a part of each migration that copies, so that a person sees something happen, and plans the dry runs. */
export const moveOn = async (ports: FakePorts): Promise<void> => {
  await planDryRuns(ports);
  for (const migration of recordsOf(ports).values()) {
    const { migrationId, attempt, status, paused } = migration;
    if (status !== 'copying' || paused || !(await ports.workflow.isRunning(migrationId, attempt))) continue;
    for await (const { number, counted, copied, copyDone } of ports.segments.list(migrationId)) {
      if (copyDone) continue;
      const now = ports.clock.now();
      const claim = { worker: 'fake', until: epochMs(now + CLAIM_MS) };
      await ports.segments.claim(migration, number, claim, now);
      const items = Math.min(counted - copied.items, ITEMS_PER_STEP);
      const units = usedUnits(items / 8, items * 3.7);
      const done = copied.items + items === counted;
      await ports.segments.progress(migrationId, number, claim, { items, bytes: items * 412, units, done });
      break;
    }
    await ports.migrations.update(migration, {});
  }
};
