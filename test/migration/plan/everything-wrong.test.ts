import { expect, test } from 'vitest';
import { MigrationBlocked } from '../../../functions/migration/errors.ts';
import type { Item } from '../../../functions/migration/items/items.ts';
import type { Migration } from '../../../functions/migration/migration.ts';
import {
  type MigrationId,
  type SegmentNumber,
  type TenantId,
  type TierName,
  tableName,
} from '../../../functions/migration/names.ts';
import { countPartition } from '../../../functions/migration/plan/count-partition.ts';
import type { PlanFinding } from '../../../functions/migration/plan/plan.ts';
import { planMigration } from '../../../functions/migration/plan/plan-migration.ts';
import { surveySegment } from '../../../functions/migration/plan/survey-segment.ts';
import type { ScaledCapacity } from '../../../functions/migration/provision/tables-port.ts';
import { newTable } from '../../../functions/migration/registry/new-table.ts';
import { tenantFieldsOf } from '../../../functions/migration/registry/tenant-fields.ts';
import { ACCEPTABLE_FINDINGS } from '../../../functions/migration/settings/acceptable-findings.ts';
import { sharedTableName } from '../../../functions/migration/settings/settings.ts';
import { SENTINEL_WORD } from '../../../functions/router/sentinel.ts';
import { renderPlan } from '../../../scripts/cli/render/render-plan.ts';
import { type FakePorts, fakePorts } from '../../support/fake-ports.ts';
import { aMigration, aRoute, aTenant } from '../../support/records.ts';

const tenantId = 'cedar' as TenantId;
const BASIC = 'basic' as TierName;
const ADVANCED = 'advanced' as TierName;

const item = (key: string, attributes: Item = {}): Item => ({
  tenantId: { S: tenantId },
  entityKey: { S: key },
  entityType: { S: 'STUDENT' },
  ...attributes,
});
const WRONG_ITEMS: readonly Item[] = [
  item('STUDENT#1', { tenantSchool: { N: '7' } }),
  item('STUDENT#2', { tenantPerson: { S: '' } }),
  item('STUDENT#3', { updatedAt: { S: 'x'.repeat(1_025) } }),
  item(`STUDENT#4${SENTINEL_WORD}mine`),
  Object.defineProperty(item('STUDENT#5'), '__proto__', { value: undefined, enumerable: true }),
];

interface World {
  readonly ports: FakePorts;
  readonly migration: Migration;
  readonly source: ReturnType<typeof sharedTableName>;
  readonly target: ReturnType<typeof sharedTableName>;
}

/** A tenant of tier basic in a table as the catalogue designs it, and an empty table of tier advanced. */
const world = async (settings: object = {}): Promise<World> => {
  const ports = fakePorts(settings);
  const [source, target] = [BASIC, ADVANCED].map((tier) => sharedTableName(ports.settings, tier, 1));
  if (source === undefined || target === undefined) throw new Error('there are two tables');
  for (const [tier, table] of [
    [BASIC, source],
    [ADVANCED, target],
  ] as const) {
    await ports.tables.create(table, ports.settings.tableDesign);
    await ports.tables.configure(table, ports.settings.tableDesign);
    await ports.tables.describe(table);
    await ports.registry.addTable(newTable({ name: tier, maxTenants: 5 }, table));
  }
  const location = { tier: BASIC, placement: 'shared', table: source } as const;
  await ports.registry.addTenant(
    aTenant({ tenantId, ...tenantFieldsOf(ports.settings, location) }),
    aRoute({ tenantId, table: source }),
  );
  const migration = aMigration({
    tenantId,
    source: location,
    target: { tier: ADVANCED, placement: 'shared' },
    status: 'planning',
  });
  await ports.migrations.create(migration);
  return { ports, migration, source, target };
};

const put = async ({ ports, source }: World, items: readonly Item[]): Promise<void> => {
  for (const one of items) await ports.partition(tenantId).write(source, { puts: [one], deletes: [] });
};

const plan = async ({ ports, migration }: World): Promise<readonly PlanFinding[]> => {
  await countPartition(ports, migration, { deadline: Number.POSITIVE_INFINITY });
  for await (const { number } of ports.segments.list(migration.migrationId))
    await surveySegment(ports, migration, number as SegmentNumber);
  const outcome = await planMigration(ports, migration).catch((error: unknown) => error);
  const made = await ports.migrations.plan(migration.migrationId);
  const isBlocked = made?.findings.some(({ level }) => level === 'blocker') ?? false;
  expect(outcome instanceof MigrationBlocked).toBe(isBlocked);
  if (outcome instanceof Error) {
    // a Lambda throws it, and logs keep it
    expect(outcome.message).not.toMatch(/STUDENT#/);
    expect(outcome.message).toContain('Nothing was changed');
  }
  return made?.findings ?? [];
};
const codes = (found: readonly PlanFinding[]) => found.map(({ level, code }) => `${level} ${code}`);

const POLICY = { services: ['glue.amazonaws.com', 'redshift.amazonaws.com'] };
const STREAM = 'arn:aws:kinesis:eu-west-1:111122223333:stream/changes';

/** Makes the tables and the items as wrong as they can be at once. */
const spoil = async (subject: World): Promise<void> => {
  const { ports, source, target } = subject;
  const { indexes } = ports.settings.tableDesign;
  const [first, , ...others] = indexes.map((index) => ({ ...index, active: true }));
  const guardian = { name: 'by-guardian', projection: 'ALL', active: true };
  ports.tables.alter(source, {
    status: 'OTHER',
    sortKey: { name: 'id', type: 'S' },
    indexes: [{ ...first, projection: 'INCLUDE' }, ...others, guardian],
    hasLocalIndexes: true,
    vectorIndexes: ['by-meaning'],
    ttlAttribute: 'endsAt',
    streamView: 'KEYS_ONLY',
    replicas: ['us-west-2', 'eu-west-1'],
    tableClass: 'STANDARD_INFREQUENT_ACCESS',
    provisioned: { read: 500, write: 200 },
    warm: { read: 40_000, write: 20_000 },
    kmsKeyArn: 'arn:aws:kms:eu-west-1:111122223333:key/1',
  });
  ports.tables.connect(source, { kinesisStreams: [STREAM], policy: POLICY });
  ports.tables.alter(target, { replicas: ['eu-west-1'], mostOnDemand: { write: 100 } });
  await put(subject, WRONG_ITEMS);
};

const EVERYTHING = [
  'blocker source-not-active',
  'blocker source-keys-differ',
  // one with another projection, one that the catalogue does not have
  'blocker source-index-missing',
  'blocker source-index-missing',
  'warning source-lacks-index',
  'blocker local-index',
  'blocker vector-index',
  'blocker source-ttl-differs',
  'warning source-stream-view-differs',
  'blocker replicas',
  'blocker kinesis-destination',
  'blocker zero-etl',
  'blocker resource-policy',
  'warning source-table-class-differs',
  'warning source-provisioned',
  'warning target-throughput-capped',
  'warning source-warm-throughput',
  'warning source-encryption-differs',
  'blocker index-key-type',
  'blocker index-key-empty',
  'blocker index-key-long',
  'blocker reserved-key',
  'blocker lost-attribute',
];

test('a plan lists every fault of a table, each with a remedy', async () => {
  const subject = await world();
  await spoil(subject);
  const found = await plan(subject);
  expect(codes(found)).toEqual(EVERYTHING);
  for (const { code, remedy, items, keys } of found) {
    expect(remedy, code).toMatch(/\w{3}/);
    if (items !== undefined) expect(keys, code).toHaveLength(items);
  }
  const made = await subject.ports.migrations.plan(subject.migration.migrationId);
  const words = made ? renderPlan('mig-1' as MigrationId, made) : [];
  expect(words.filter((line) => /^ {4}do: /.test(line))).toHaveLength(found.length);
  expect(words.join('\n')).toContain('key: STUDENT#4\\u{0}tierferry\\u{0}mine');
  process.stdout.write(`${words.slice(2, words.indexOf('', 2)).join('\n')}\n`);
});

test('accepted findings are warnings, and all others stay blockers', async () => {
  const subject = await world({ acceptedFindings: ACCEPTABLE_FINDINGS });
  await spoil(subject);
  const accepted: readonly string[] = ACCEPTABLE_FINDINGS;
  expect(codes(await plan(subject))).toEqual(
    EVERYTHING.map((line) =>
      accepted.includes(line.split(' ')[1] ?? '') ? line.replace('blocker', 'warning') : line,
    ),
  );
});

test('tables as the catalogue designs them, with the same properties, have no findings', async () => {
  const subject = await world();
  await put(subject, [item('STUDENT#1', { tenantSchool: { S: 'a' }, updatedAt: { S: '2026' } })]);
  expect(await plan(subject)).toEqual([]);
});

type CapturedChange = (subject: World) => void;
const both =
  (change: Parameters<FakePorts['tables']['alter']>[1]): CapturedChange =>
  ({ ports, source, target }) => {
    ports.tables.alter(source, change);
    ports.tables.alter(target, change);
  };
const onTarget =
  (change: Parameters<FakePorts['tables']['alter']>[1]): CapturedChange =>
  ({ ports, target }) =>
    ports.tables.alter(target, change);
const onSource =
  (change: Parameters<FakePorts['tables']['alter']>[1]): CapturedChange =>
  ({ ports, source }) =>
    ports.tables.alter(source, change);

test.each<[string, CapturedChange, string[]]>([
  [
    'data F6: the source has no TTL, and the target would delete items',
    onSource({ ttlAttribute: undefined }),
    ['blocker source-ttl-differs'],
  ],
  ['the source has no stream', onSource({ streamView: undefined }), ['blocker no-stream']],
  ['a legacy global table', onSource({ isLegacyGlobalTable: true }), ['blocker legacy-global-table']],
  ['both are global tables', both({ replicas: ['eu-west-1'] }), ['warning global-table']],
  ['the target alone is a global table', onTarget({ replicas: ['eu-west-1'] }), ['warning global-table']],
  ['both have the vector index', both({ vectorIndexes: ['by-meaning'] }), []],
  ['both are of one table class', both({ tableClass: 'STANDARD_INFREQUENT_ACCESS' }), []],
  [
    'both are provisioned',
    both({ provisioned: { read: 5, write: 5 } }),
    ['warning source-provisioned', 'warning target-provisioned'],
  ],
  ['a warm source and a target that is as warm', both({ warm: { read: 40_000, write: 20_000 } }), []],
  ['a source that is less warm than a new table', onSource({ warm: { read: 100, write: 4_000 } }), []],
  [
    'both have the destination and a policy for zero-ETL',
    ({ ports, source, target }) => {
      for (const table of [source, target])
        ports.tables.connect(table, { kinesisStreams: [STREAM], policy: POLICY });
    },
    ['warning resource-policies'],
  ],
  [
    'a policy of the target that does not admit zero-ETL',
    ({ ports, source, target }) => {
      ports.tables.connect(source, { kinesisStreams: [], policy: POLICY });
      ports.tables.connect(target, { kinesisStreams: [], policy: { services: [] } });
    },
    ['blocker zero-etl', 'warning resource-policies'],
  ],
])('%s', async (_, change, expected) => {
  const subject = await world();
  change(subject);
  expect(codes(await plan(subject))).toEqual(expected);
});

const CAPACITY = { read: 500, write: 200 };
const scaled = (most: number, given: Partial<ScaledCapacity> = {}): ScaledCapacity => ({
  ...{ dimension: 'write', least: 5, most, hasPolicy: true },
  ...given,
});

test.each<[string, ScaledCapacity[], ScaledCapacity[], boolean]>([
  ['the target has no scaling', [scaled(200)], [], true],
  ["the target's maximum is lower", [scaled(200)], [scaled(100)], true],
  ['the target has no policy', [scaled(200)], [scaled(200, { hasPolicy: false })], true],
  ['the target has it for reads', [scaled(200)], [scaled(200, { dimension: 'read' })], true],
  ['the target has it for an index', [scaled(200)], [scaled(200, { index: 'by-school' })], true],
  ['an index of the target has none', [scaled(9, { index: 'by-school' })], [scaled(200)], true],
  ["the target's maximum is as high", [scaled(200)], [scaled(300)], false],
  ['the source has none', [], [scaled(300)], false],
])('auto scaling of a provisioned source: %s', async (_, onSource, onTarget, isFound) => {
  const subject = await world();
  const { ports, source, target } = subject;
  for (const table of [source, target]) ports.tables.alter(table, { provisioned: CAPACITY });
  ports.tables.connect(source, { kinesisStreams: [], autoScaling: onSource });
  ports.tables.connect(target, { kinesisStreams: [], autoScaling: onTarget });
  expect(codes(await plan(subject)).includes('warning source-auto-scaling')).toBe(isFound);
  // an on-demand target has no capacity to scale
  ports.tables.alter(target, { provisioned: undefined });
  expect(codes(await plan(subject))).toEqual(['warning source-provisioned']);
});

test('an index of a provisioned target with less capacity than the source’s, or than its own table, is found', async () => {
  const found = async (ofSource: number | undefined, ofTarget: number) => {
    const subject = await world();
    const { ports, source, target } = subject;
    const index = (units: number) => [{ name: 'by-school', read: units, write: units }];
    ports.tables.alter(source, {
      provisioned: CAPACITY,
      ...(ofSource === undefined ? {} : { provisionedIndexes: index(ofSource) }),
    });
    ports.tables.alter(target, { provisioned: CAPACITY, provisionedIndexes: index(ofTarget) });
    const one = (await plan(subject)).find(({ code }) => code === 'target-index-throughput');
    return one?.message;
  };
  expect(await found(400, 300)).toContain(
    'by-school has 300 read and 300 write units per second, but 400 and 400',
  );
  expect(await found(100, 199)).toContain('but its table has 200 write units');
  expect(await found(undefined, 199)).toContain('but its table has 200 write units');
  expect(await found(200, 200)).toBeUndefined();
});

test('a table that will be created is compared as designed', async () => {
  const subject = await world();
  const { ports, source, target } = subject;
  await ports.tables.delete(target);
  ports.tables.alter(source, { replicas: ['eu-west-1'], warm: { read: 13_000, write: 100 } });
  ports.tables.connect(source, { kinesisStreams: [STREAM] });
  expect(codes(await plan(subject))).toEqual([
    'blocker replicas',
    'blocker kinesis-destination',
    'warning source-warm-throughput',
    'warning creates-table',
  ]);
});

test('data F9: an unregistered table is not a tenant’s own, whatever its name', async () => {
  const subject = await world();
  const { ports } = subject;
  const target = { tier: 'enterprise' as TierName, placement: 'dedicated' } as const;
  const own = tableName('saas-tenant-data-enterprise-cedar');
  await ports.tables.create(own, ports.settings.tableDesign);
  await ports.tables.configure(own, ports.settings.tableDesign);
  await ports.tables.describe(own);
  const migration = { ...subject.migration, target };
  expect(codes(await plan({ ...subject, migration })).filter((code) => /target/.test(code))).toEqual([
    'blocker target-not-own',
  ]);
});
