/**
 * F10: one tenant's damaged record affects no other tenant. Damages each field of each kind of record in several ways, then
 * runs migrations of other tenants among all damaged records.
 */
import {
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createControlTables } from '../../functions/aws/control-tables.ts';
import { bucketOf } from '../../functions/aws/journal-buckets.ts';
import { createLog } from '../../functions/aws/log.ts';
import { createPorts } from '../../functions/aws/ports.ts';
import { handler as admitQueuedHandler } from '../../functions/handlers/admit-queued.ts';
import { handler as publishEvents } from '../../functions/handlers/publish-events.ts';
import { RecordDamaged } from '../../functions/migration/errors.ts';
import { sweepTenants } from '../../functions/migration/growth/sweep-tenants.ts';
import { captureChanges } from '../../functions/migration/journal/capture-changes.ts';
import type { Migration } from '../../functions/migration/migration.ts';
import {
  entityKey,
  epochMs,
  type MigrationId,
  type TableName,
  type TenantId,
  type TierName,
} from '../../functions/migration/names.ts';
import type { Ports } from '../../functions/migration/ports.ts';
import { admitQueued } from '../../functions/migration/queue/admit-queued.ts';
import { readQueue } from '../../functions/migration/queue/read-queue.ts';
import { requestMigration } from '../../functions/migration/requests/request-migration.ts';
import { arm } from '../../functions/migration/route/route.ts';
import { controlTables, parseSettings } from '../../functions/migration/settings/settings.ts';
import { runInProcess } from '../cli/run-in-process.ts';
import { startTestEngine } from '../support/dynamodb-local.ts';
import { FakeEvents } from '../support/fake-events.ts';
import { FakeMetrics } from '../support/fake-metrics.ts';
import { FakeWorkflow } from '../support/fake-workflow.ts';
import { type PlantedStack, startPlantedStack } from '../support/planted-stack.ts';
import {
  aMigration,
  aRoute,
  aSegment,
  aTable,
  aTenant,
  newTableName,
  someIndexChecks,
} from '../support/records.ts';
import { addTenant, collect, ended, itemsOf, putAll } from '../support/tenants.ts';
import { until } from '../support/until.ts';
import { damagesOf, type RawRecord, SECRET } from './damage.ts';

const names = controlTables(parseSettings({}));
const context = { awsRequestId: 'r', getRemainingTimeInMillis: () => 60_000 };
const advanced = 'advanced' as TierName;

const readRaw = async (client: DynamoDBClient, TableName: string, Key: RawRecord): Promise<RawRecord> =>
  (await client.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }))).Item ?? {};
const putRaw = async (client: DynamoDBClient, TableName: string, Item: RawRecord): Promise<void> => {
  await client.send(new PutItemCommand({ TableName, Item }));
};

/** Creates the adapters on an engine, and keeps their log lines and metrics. */
const startWorld = async () => {
  const { config, stop } = await startTestEngine();
  const client = new DynamoDBClient(config);
  const many = 1_000;
  const admission = { total: many, perSource: many, perTarget: many };
  const settings = parseSettings({ sweepEveryMs: 1, admission });
  await createControlTables(client, settings);
  const lines: string[] = [];
  const metrics = new FakeMetrics();
  const log = createLog('info', (line) => lines.push(line));
  const ports: Ports = {
    ...createPorts(settings, { dynamodb: config, log, metrics }),
    workflow: new FakeWorkflow(),
    events: new FakeEvents(),
  };
  const close = async () => {
    client.destroy();
    await stop();
  };
  return { client, ports, lines, metrics, close };
};
type World = Awaited<ReturnType<typeof startWorld>>;

/** A record to be damaged, and an operation of other tenants that must still work. */
interface Subject {
  readonly table: string;
  readonly key: Record<string, string>;
  /** Fields that a healthy record may lack. */
  readonly optional?: readonly string[];
  /** Fields that Tierferry never reads, and index keys, which DynamoDB accepts with the right type only. */
  readonly unread?: readonly string[];
  /** Fields whose damage is reported under the enclosing field. */
  readonly within?: Readonly<Record<string, string>>;
  /** Reads the record by its key. */
  readonly read: (ports: Ports) => Promise<unknown>;
  /** Performs an operation of other tenants that the record could break. @param isDamaged false if the record is still readable */
  readonly others: (world: World, isDamaged: boolean, raw: RawRecord) => Promise<void>;
}

const opened = async ({ ports }: World, given: Partial<Migration> = {}): Promise<Migration> => {
  const migration = aMigration(given);
  await ports.migrations.create(migration);
  return migration;
};
const metaOf = ({ migrationId }: Migration) => ({ migrationId, part: 'META' });
const idsOf = (migrations: readonly Migration[]) => migrations.map(({ migrationId }) => migrationId);

const KINDS: Readonly<Record<string, (world: World) => Promise<Subject>>> = {
  async route(world) {
    const table = newTableName();
    const newRoute = async (migration: Migration) => {
      const { tenantId, migrationId } = migration;
      const both = arm(aRoute({ tenantId, table, writes: 'fenced' }), { migrationId, side: 'source', table });
      const route = { ...both, fence: { migrationId, deadline: epochMs(5) } };
      const tenant = aTenant({ tenantId, table });
      await world.ports.registry.addTenant(tenant, route);
    };
    await world.ports.registry.addTable(aTable({ table }));
    const source = { ...aMigration().source, table };
    const damaged = await opened(world, { source, status: 'copying' });
    const healthy = await opened(world, { source, status: 'copying' });
    await newRoute(damaged);
    await newRoute(healthy);
    let writes = 0;
    return {
      table: names.routes,
      key: { tenantId: damaged.tenantId },
      optional: ['fence', 'capture'],
      read: (ports) => ports.routes.get(damaged.tenantId),
      async others({ ports }, _isDamaged, raw) {
        writes += 1;
        const key = entityKey(`STUDENT#${writes}`);
        const changes = [damaged, healthy].map(({ tenantId }) => ({
          tenantId,
          key,
          sequence: '1',
          kind: 'changed' as const,
          expired: false,
        }));
        await captureChanges(ports, table, changes);
        const isJournalled = async ({ migrationId }: Migration) =>
          (await ports.journal.journalledAmong(migrationId, 'source', [key])).has(key);
        expect(await isJournalled(healthy)).toBe(true);
        // a route without the field means that nothing is captured
        expect(await isJournalled(damaged)).toBe(raw.capture !== undefined);
      },
    };
  },
  async tenant(world) {
    const { table } = aTable();
    await world.ports.registry.addTable(aTable({ table }));
    const tenants = [
      aTenant({
        table,
        autoMigrate: 'off',
        pinnedTier: advanced,
        wantsDedicated: true,
        lockedBy: 'mig-1' as MigrationId,
        pending: { tier: advanced, placement: 'shared', table, maxSchools: 50 },
      }),
      aTenant({ table }),
    ] as const;
    for (const tenant of tenants)
      await world.ports.registry.addTenant(tenant, aRoute({ tenantId: tenant.tenantId, table }));
    const [{ tenantId }, healthy] = tenants;
    return {
      table: names.registry,
      key: { id: `TENANT#${tenantId}` },
      // only an index reads it
      unread: ['nameKey'],
      optional: [
        ...['maxSchools', 'autoMigrate', 'pinnedTier', 'wantsDedicated', 'lockedBy', 'pending'],
        'pending.maxSchools',
      ],
      read: (ports) => ports.registry.tenant(tenantId),
      async others({ ports }, isDamaged) {
        const listed = (await collect(ports.registry.tenants())).map((one) => one.tenantId);
        expect(listed).toContain(healthy.tenantId);
        expect(listed.includes(tenantId)).toBe(!isDamaged);
      },
    };
  },
  async table(world) {
    const [damaged, healthy] = [
      aTable({ tenantId: 't' as TenantId, createdBy: 'mig-1' as MigrationId, isAdopted: true }),
      aTable(),
    ];
    for (const table of [damaged, healthy]) await world.ports.registry.addTable(table);
    return {
      table: names.registry,
      key: { id: `TABLE#${damaged.table}` },
      optional: ['tenantId', 'createdBy', 'isAdopted'],
      read: (ports) => ports.registry.table(damaged.table),
      async others({ ports }, isDamaged) {
        const listed = (await collect(ports.registry.tables())).map(({ table }) => table);
        expect(listed).toContain(healthy.table);
        expect(listed.includes(damaged.table)).toBe(!isDamaged);
        const all = await ports.registry.allTables();
        expect(all.tables.map(({ table }) => table)).toEqual(listed);
        expect(all.damaged.includes(damaged.table)).toBe(isDamaged);
      },
    };
  },
  async META(world) {
    const tenantId = aTenant().tenantId;
    const at = epochMs(7);
    const damaged = await opened(world, {
      tenantId,
      target: { tier: advanced, placement: 'shared', table: newTableName() },
      controlledAt: at,
      writeUnitsPerSecond: 100,
      urgent: true,
      retryOf: 'mig-0' as MigrationId,
      cancellation: { by: 'ana', reason: 'to see' },
      failure: { error: 'E', cause: 'c', at },
      convergence: {
        since: at,
        backlog: 1,
        journalledPerSecond: 0.5,
        appliedPerSecond: 0.5,
        notConverging: false,
      },
      longLeasesOutAt: at,
      lateCallsOutAt: at,
      lateSentinelsOutAt: at,
      stages: { provision: { startedAt: at, endedAt: at } },
      fencedAt: at,
      flippedAt: at,
      reverseFlippedAt: at,
      rollbackStoppedIn: 1,
      keptComparedAt: at,
      tableGoneIn: 1,
      finalBackup: 'arn',
    });
    const optional = [
      ...['target.table', 'controlledAt', 'writeUnitsPerSecond', 'urgent', 'retryOf', 'cancellation'],
      ...[
        'failure',
        'convergence',
        'longLeasesOutAt',
        'lateCallsOutAt',
        'lateSentinelsOutAt',
        'cutovers',
        'fencedAt',
        'flippedAt',
        'reverseFlippedAt',
      ],
      ...[
        'rollbackStoppedIn',
        'keptComparedAt',
        'tableGoneIn',
        'finalBackup',
        'stages.provision.startedAt',
        'stages.provision.endedAt',
      ],
    ];
    const { migrationId } = damaged;
    const healthy = await opened(world);
    return {
      table: names.migrations,
      key: metaOf(damaged),
      optional,
      read: (ports) => ports.migrations.get(migrationId),
      async others({ ports }, isDamaged) {
        const listed = idsOf(await collect(ports.migrations.list({ status: 'queued' })));
        expect(listed).toContain(healthy.migrationId);
        expect(listed.includes(migrationId)).toBe(!isDamaged);
        const ofTenant = idsOf(await collect(ports.migrations.list({ tenantId })));
        expect(ofTenant.includes(migrationId)).toBe(!isDamaged);
      },
    };
  },
  async LATEST(world) {
    const damaged = await opened(world);
    const healthy = await opened(world);
    return {
      table: names.migrations,
      key: { migrationId: `TENANT#${damaged.tenantId}`, part: 'LATEST' },
      read: (ports) => ports.migrations.latest(damaged.tenantId),
      async others({ ports }) {
        expect(await ports.migrations.latest(healthy.tenantId)).toBe(healthy.migrationId);
      },
    };
  },
  async SEGMENT(world) {
    const [damaged, healthy] = [await opened(world), await opened(world)];
    const range = { after: entityKey('a'), through: entityKey('b') };
    for (const { migrationId } of [damaged, healthy])
      await world.ports.segments.add(migrationId, [aSegment(0, { range })]);
    const { migrationId } = damaged;
    const sum = { items: 1, bytes: 2, checksum: 'd' };
    const differences = [{ key: entityKey('k'), kind: 'different' as const, source: 's', target: 't' }];
    const survey = { byEntityType: {}, largestItemBytes: 1, tableWriteUnits: 1, indexWriteUnits: {} };
    await world.ports.segments.record(
      migrationId,
      aSegment(0).number,
      {
        compared: { items: 1, differing: 0, ms: 1, round: 1 },
        verified: { source: sum, target: sum, changed: 0, attempt: 1 },
        kept: sum,
        keptAfterHold: sum,
        mismatch: { differences, differing: 1, since: epochMs(1), attempt: 1 },
        cleanUpDone: true,
      },
      'verify',
      aSegment(0).units.verify,
    );
    const key = { migrationId, part: 'SEGMENT#000000' };
    await world.client.send(
      new UpdateItemCommand({
        TableName: names.migrations,
        Key: marshall(key),
        UpdateExpression: 'SET worker = :w, claimedUntil = :u, copiedThrough = :t, survey = :s',
        ExpressionAttributeValues: marshall({ ':w': 'w', ':u': 1, ':t': 'k', ':s': JSON.stringify(survey) }),
      }),
    );
    const one = 'mismatch.differences.0';
    return {
      table: names.migrations,
      key,
      optional: [
        ...['after', 'through', 'survey', 'worker', 'claimedUntil', 'copiedThrough', 'compared', 'verified'],
        ...[
          'verified.attempt',
          'kept',
          'keptAfterHold',
          'mismatch',
          'mismatch.since',
          'mismatch.attempt',
          'cleanUpDone',
          one,
          `${one}.source`,
          `${one}.target`,
        ],
        ...['surveyRead', 'surveyWrite', 'verifyRead', 'verifyWrite'],
      ],
      read: (ports) => ports.segments.get(migrationId, aSegment(0).number),
      async others({ ports }, isDamaged) {
        expect(await collect(ports.segments.list(healthy.migrationId))).toHaveLength(1);
        // damaged segments are not skipped: a migration without one of its segments would lose items
        const own = collect(ports.segments.list(migrationId));
        if (isDamaged) await expect(own).rejects.toThrow(RecordDamaged);
        else expect(await own).toHaveLength(1);
      },
    };
  },
  async EVENT(world) {
    const damaged = await opened(world, {
      target: { tier: advanced, placement: 'shared', table: newTableName() },
      requestedAt: world.ports.clock.now(),
    });
    const healthy = await opened(world, { requestedAt: world.ports.clock.now() });
    const { requestedAt: at } = damaged;
    const planning = await world.ports.migrations.transition(damaged, 'planning', {
      who: 'w',
      reason: '',
      at,
    });
    const partOf = async ({ migrationId }: Migration) =>
      (await collect(world.ports.migrations.eventsSince(epochMs(at - 1_000))))
        .filter((one) => one.migrationId === migrationId)
        .map(({ eventId }) => eventId.slice(migrationId.length + 1));
    const [requested = '', changed = ''] = await partOf(planning);
    const [other = ''] = await partOf(healthy);
    const key = { migrationId: damaged.migrationId, part: changed };
    return {
      table: names.migrations,
      key,
      optional: ['from', 'day', 'subject.target.table'],
      unread: ['day'],
      read: async () => undefined,
      async others({ ports, client }, isDamaged, raw) {
        const events = await ports.migrations.events(damaged.migrationId);
        if (isDamaged && !('subject' in raw)) expect(events).toHaveLength(2);
        const published = await collect(ports.migrations.eventsSince(epochMs(at - 1_000)));
        const publishedIds = published.map(({ eventId }) => eventId);
        expect(publishedIds).toContain(`${healthy.migrationId}/${other}`);
        expect(publishedIds).toContain(`${damaged.migrationId}/${requested}`);
        if (isDamaged) expect(publishedIds).not.toContain(`${damaged.migrationId}/${changed}`);
        const bus = new FakeEvents();
        const healthyKey = { migrationId: healthy.migrationId, part: other };
        const Records = [raw, await readRaw(client, names.migrations, marshall(healthyKey))].map(
          (NewImage, n) => ({
            eventName: 'INSERT',
            dynamodb: {
              Keys: n === 0 ? marshall(key) : marshall(healthyKey),
              SequenceNumber: String(n),
              NewImage,
            },
          }),
        );
        await publishEvents.run({ ...ports, events: bus }, { Records }, context);
        expect(bus.published.map(({ migrationId }) => migrationId)).toEqual([
          ...(isDamaged ? [] : [damaged.migrationId]),
          healthy.migrationId,
        ]);
      },
    };
  },
  async ADMISSION(world) {
    const { ports } = world;
    const { migrationId } = await opened(world);
    const source = newTableName();
    await ports.admissions.replace(await ports.admissions.current(), [
      { migrationId, source, target: advanced, at: ports.clock.now() },
    ]);
    return {
      table: names.migrations,
      key: { migrationId: 'ADMISSION', part: 'ADMITTED' },
      optional: ['admitted.0', 'admitted.0.target'],
      read: () => ports.admissions.current(),
      async others(_world, isDamaged) {
        if (!isDamaged) return;
        const waits = await opened(world);
        await expect(admitQueued(ports, waits)).rejects.toThrow(RecordDamaged);
        expect(await admitQueuedHandler.run(ports, {}, context)).toMatchObject({ admitted: [] });
        const { waiting, running, damaged } = await readQueue(ports);
        expect([idsOf(waiting).includes(waits.migrationId), running]).toEqual([true, []]);
        expect(damaged).toContain('cannot read record ADMISSION/ADMITTED of table');
        await ports.migrations.transition(waits, 'cancelled', { who: 'test', reason: '', at: epochMs(1) });
      },
    };
  },
  async SWEEP(world) {
    await world.ports.sweeps.save({ after: 'tenant-1' as TenantId, endedAt: epochMs(1) });
    return {
      table: names.migrations,
      key: { migrationId: 'SWEEP', part: 'STATE' },
      optional: ['after', 'endedAt'],
      read: (ports) => ports.sweeps.current(),
      async others({ ports }, isDamaged) {
        if (isDamaged)
          expect(await sweepTenants(ports, { deadline: 0 })).toEqual({ tenants: 0, isDone: true });
      },
    };
  },
  async APPLIER(world) {
    const [damaged, healthy] = [await opened(world), await opened(world)];
    const until = epochMs(world.ports.clock.now() + 60_000);
    const claim = { worker: 'w', until };
    await world.ports.appliers.claim(damaged, claim, world.ports.clock.now());
    return {
      table: names.migrations,
      key: { migrationId: damaged.migrationId, part: 'APPLIER' },
      read: (ports) => ports.appliers.current(damaged.migrationId),
      async others({ ports }) {
        await ports.appliers.claim(healthy, claim, ports.clock.now());
        expect(await ports.appliers.current(healthy.migrationId)).toEqual(claim);
      },
    };
  },
  async UNDO_PART(world) {
    const [damaged, healthy] = [await opened(world), await opened(world)];
    const target = { table: newTableName(), createsTable: true };
    for (const one of [damaged, healthy]) await world.ports.migrations.chooseTarget(one, target);
    return {
      table: names.migrations,
      key: { migrationId: damaged.migrationId, part: 'UNDO' },
      read: (ports) => ports.migrations.undoRecord(damaged.migrationId),
      async others({ ports }) {
        expect(await ports.migrations.undoRecord(healthy.migrationId)).toMatchObject(target);
      },
    };
  },
  async FOREIGN(world) {
    const [damaged, healthy] = [await opened(world), await opened(world)];
    for (const { migrationId } of [damaged, healthy])
      await world.ports.migrations.saveForeign(migrationId, { differences: [] });
    return {
      table: names.migrations,
      key: { migrationId: damaged.migrationId, part: 'FOREIGN' },
      read: (ports) => ports.migrations.foreign(damaged.migrationId),
      async others({ ports }) {
        expect(await ports.migrations.foreign(healthy.migrationId)).toEqual({ differences: [] });
      },
    };
  },
  async INDEXES(world) {
    const [damaged, healthy] = [await opened(world), await opened(world)];
    const checks = someIndexChecks();
    for (const { migrationId } of [damaged, healthy])
      await world.ports.migrations.saveIndexChecks(migrationId, checks);
    return {
      table: names.migrations,
      key: { migrationId: damaged.migrationId, part: 'INDEXES' },
      read: (ports) => ports.migrations.indexChecks(damaged.migrationId),
      async others({ ports }) {
        expect(await ports.migrations.indexChecks(healthy.migrationId)).toEqual(checks);
      },
    };
  },
  async SENTINELS(world) {
    const [damaged, healthy] = [await opened(world), await opened(world)];
    const sentinels = [{ key: entityKey('\u0000'), sequence: '100' }];
    for (const { migrationId } of [damaged, healthy])
      await world.ports.migrations.saveFenceSentinels(migrationId, sentinels);
    return {
      table: names.migrations,
      key: { migrationId: damaged.migrationId, part: 'SENTINELS' },
      read: (ports) => ports.migrations.fenceSentinels(damaged.migrationId),
      async others({ ports }) {
        expect(await ports.migrations.fenceSentinels(healthy.migrationId)).toEqual(sentinels);
      },
    };
  },
};

describe('F10: each damaged field is named, and other records are still read', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world?.close());

  test.each(Object.keys(KINDS))('%s', async (kind) => {
    const { client, ports, lines, metrics } = world;
    const prepare = KINDS[kind];
    if (!prepare) throw new Error(`there is no kind ${kind}`);
    const { table, key, optional = [], unread = [], read, others } = await prepare(world);
    const healthy = await readRaw(client, table, marshall(key));
    expect(Object.keys(healthy).length).toBeGreaterThan(Object.keys(key).length);
    let done = 0;
    for (const { field, how, record } of damagesOf(healthy, Object.keys(key))) {
      const what = `${field} ${how}`;
      const isPut = await putRaw(client, table, record).then(
        () => true,
        // DynamoDB refuses an index key of another type
        (error: Error) => error.name !== 'ValidationException',
      );
      if (!isPut) continue;
      const isDamaged = !unread.includes(field) && !(how === 'deleted' && optional.includes(field));
      lines.length = 0;
      metrics.given.length = 0;
      const error = await read(ports).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      if (isDamaged && kind !== 'EVENT') {
        expect(error, what).toBeInstanceOf(RecordDamaged);
        expect(error, what).toMatchObject({ table, key: Object.values(key).join('/'), field });
        expect(metrics.given, what).toEqual([{ DamagedRecords: 1 }]);
        expect(String(error), what).not.toContain(SECRET);
      } else expect(error, what).toBeUndefined();
      try {
        // two kinds of damage suffice for lists: they parse a record as a read by its key does, which is tested with all
        if (how === 'deleted' || how === 'of another type') await others(world, isDamaged, record);
      } catch (failed) {
        throw new Error(what, { cause: failed });
      }
      expect(lines.join('\n'), what).not.toContain(SECRET);
      expect(await readRaw(client, table, marshall(key)), what).toEqual(record);
      done += 1;
    }
    expect(done).toBeGreaterThan(1);
    await putRaw(client, table, healthy);
  });

  test.each(['status', 'attempt', 'stages'])(
    'a migration without its %s keeps its slot for a minute, and others are admitted',
    async (field) => {
      const { ports, client } = world;
      const [damaged, healthy] = [await opened(world, { status: 'copying' }), await opened(world)];
      const { [field]: _, ...record } = await readRaw(client, names.migrations, marshall(metaOf(damaged)));
      await putRaw(client, names.migrations, record);
      const slots = [epochMs(1), ports.clock.now()].map((at) => ({
        migrationId: damaged.migrationId,
        source: newTableName(),
        at,
      }));
      await ports.admissions.replace(await ports.admissions.current(), slots);
      await admitQueued(ports, healthy);
      const { admitted } = await ports.admissions.current();
      expect(admitted).toContainEqual(slots[1]);
      expect(admitted).not.toContainEqual(slots[0]);
      expect(admitted.map(({ migrationId }) => migrationId)).toContain(healthy.migrationId);
      expect(await readRaw(client, names.migrations, marshall(metaOf(damaged)))).toEqual(record);
    },
  );

  test('an error about text that is not JSON does not contain the text', async () => {
    const { migrationId } = await opened(world);
    await world.ports.migrations.saveForeign(migrationId, { differences: [] });
    const key = { migrationId, part: 'FOREIGN' };
    const healthy = await readRaw(world.client, names.migrations, marshall(key));
    await putRaw(world.client, names.migrations, { ...healthy, text: { S: SECRET } });
    const error = await world.ports.migrations.foreign(migrationId).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RecordDamaged);
    expect(String(error)).not.toContain(SECRET.slice(0, 8));
  });

  test('a journal entry without a sequence number is named, and no part of its token is used as one', async () => {
    const { ports, client } = world;
    const { migrationId } = await opened(world);
    const entry = entityKey('STUDENT#1');
    await ports.journal.addEntries(migrationId, 'source', [{ key: entry, sequence: '100' }]);
    const key = { id: `${migrationId}#source#${bucketOf(entry)}`, entityKey: entry };
    await putRaw(client, names.journal, marshall({ ...key, token: '99' }));
    await expect(ports.journal.entries(migrationId, 'source', 10)).rejects.toMatchObject({
      name: 'RecordDamaged',
      key: key.id,
      field: 'token',
    });
  });

  test.each([
    ['TENANT', 'tenantId'],
    ['TABLE', 'table'],
  ] as const)('a %s record that names a different id than its key is damaged', async (prefix, field) => {
    const tenant = aTenant();
    const record = prefix === 'TENANT' ? tenant : aTable();
    await putRaw(
      world.client,
      names.registry,
      marshall({ ...record, id: `${prefix}#other` }, { removeUndefinedValues: true }),
    );
    const { registry } = world.ports;
    const read =
      prefix === 'TENANT' ? registry.tenant('other' as TenantId) : registry.table('other' as TableName);
    await expect(read).rejects.toMatchObject({ name: 'RecordDamaged', field });
  });
});

describe('F10: with damaged records around it', () => {
  let stack: PlantedStack;
  let client: DynamoDBClient;
  const bus = new FakeEvents();
  beforeAll(async () => {
    stack = await startPlantedStack({ holdMs: 0 });
    client = new DynamoDBClient(stack.client);
    stack.alter('PublishEvents', (real) => ({ ...real, events: bus }));
  });
  afterAll(async () => {
    client?.destroy();
    await stack?.stop();
  });
  const request = (tenantId: string) =>
    requestMigration(stack.ports, { tenantId, toTier: 'advanced', requestedBy: 'test', reason: 'test' });
  const published = (id: MigrationId) => bus.published.filter(({ migrationId }) => migrationId === id);

  test('a tenant is moved and its events are published; damaged records stay as they are, and commands list the rest', async () => {
    const { ports } = stack;
    const { tenantId, table, items } = await addTenant(ports, { tenantId: 'healthy', items: 60 });
    const stuck = aMigration({ status: 'copying' });
    await ports.migrations.create(stuck);
    await until('the slot of the damaged migration', async () => {
      const before = await ports.admissions.current();
      const slot = { migrationId: stuck.migrationId, source: newTableName(), at: ports.clock.now() };
      return ports.admissions.replace(before, [...before.admitted, slot]);
    });
    const route = { ...aRoute({ tenantId: 'damaged' as TenantId, table }), leaseMs: '30000', table: 5 };
    const { subject: _, ...event } = {
      ...{ migrationId: stuck.migrationId, part: `EVENT#${new Date().toISOString()}#1` },
      ...{
        day: new Date().toISOString().slice(0, 10),
        at: ports.clock.now(),
        who: 'w',
        to: 'copying',
        reason: '',
      },
      subject: '',
    };
    const meta = await readRaw(client, names.migrations, marshall(metaOf(stuck)));
    const { name: __, ...tenant } = aTenant({ tenantId: 'damaged' as TenantId, table });
    const { freeSlots: ___, ...tierTable } = aTable();
    const damaged: readonly (readonly [string, RawRecord, readonly string[]])[] = [
      [names.routes, marshall(route), ['tenantId']],
      [names.registry, marshall({ ...tenant, id: 'TENANT#damaged' }), ['id']],
      [names.registry, marshall({ ...tierTable, id: `TABLE#${tierTable.table}` }), ['id']],
      [names.migrations, { ...meta, attempt: { S: 'one' } }, ['migrationId', 'part']],
      [names.migrations, marshall(event), ['migrationId', 'part']],
      [
        names.migrations,
        marshall({ migrationId: 'SWEEP', part: 'STATE', after: 5 }),
        ['migrationId', 'part'],
      ],
    ];
    for (const [name, record] of damaged) await putRaw(client, name, record);
    await putAll(ports, 'damaged' as TenantId, table, [
      { tenantId: { S: 'damaged' }, entityKey: { S: 'STUDENT#1' } },
    ]);

    const { migrationId } = await request(tenantId);
    expect(await ended(ports, migrationId)).toMatchObject({ status: 'completed', attempt: 1 });
    const target = (await ports.registry.tenant(tenantId))?.table;
    expect(target && (await itemsOf(ports, tenantId, target))).toEqual(items);
    const changes = await ports.migrations.events(migrationId);
    await until('the events', () => published(migrationId).length === changes.length);

    for (const args of [
      ...[['status'], ['tenant', 'list'], ['table', 'list'], ['queue'], ['thresholds'], ['events']],
      ...[
        ['sweep', '--dry-run', '--count'],
        ['tenant', 'show', 'healthy'],
        ['status', migrationId],
      ],
    ]) {
      const { code, stdout, stderr } = await runInProcess(ports, args);
      expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: '' });
      expect(stdout, args.join(' ')).not.toBe('');
    }
    const shown = await runInProcess(ports, ['tenant', 'show', 'damaged']);
    expect(shown.stderr).toContain(
      `cannot read record TENANT#damaged of table ${names.registry}: field 'name' is missing or invalid`,
    );
    for (const [name, record, keys] of damaged) {
      const key = Object.fromEntries(keys.map((one) => [one, record[one] ?? { S: '' }]));
      expect(await readRaw(client, name, key)).toEqual(record);
    }
  });

  test('without the admission record a request is recorded, and is admitted once an operator has deleted the record', async () => {
    const { ports } = stack;
    const { tenantId } = await addTenant(ports, { tenantId: 'queued', items: 30 });
    const key = { migrationId: 'ADMISSION', part: 'ADMITTED' };
    const damaged = marshall({ ...key, version: 5, admitted: SECRET });
    await putRaw(client, names.migrations, damaged);
    const args = ['migrate', tenantId, '--to', 'advanced', '--reason', 'test', '--json'];
    const { code, stdout } = await runInProcess(ports, args);
    expect(code).toBe(0);
    const { migrationId } = JSON.parse(stdout).migration as Migration;
    expect((await ports.migrations.get(migrationId))?.status).toBe('queued');
    const queue = await runInProcess(ports, ['queue']);
    expect(queue).toMatchObject({ code: 0, stderr: '' });
    expect(queue.stdout).toContain('No migration is admitted: cannot read record ADMISSION/ADMITTED');
    expect(queue.stdout).toContain(migrationId);
    expect(await readRaw(client, names.migrations, marshall(key))).toEqual(damaged);

    await client.send(new DeleteItemCommand({ TableName: names.migrations, Key: marshall(key) }));
    await until('the admission', async () => (await ports.migrations.get(migrationId))?.status !== 'queued');
    expect((await ended(ports, migrationId)).status).toBe('completed');
  });

  test("writes made while a tenant's route is damaged are in the target once the route is repaired", async () => {
    const { ports } = stack;
    const { tenantId, table } = await addTenant(ports, { tenantId: 'writer', items: 60 });
    const written = entityKey('STUDENT#written-meanwhile');
    let isJournalled = false;
    stack.before('ConcludeCopy', async () => {
      const key = marshall({ tenantId });
      const healthy = await readRaw(client, names.routes, key);
      await putRaw(client, names.routes, { ...healthy, table: { N: '5' }, capture: { S: 'none' } });
      await putAll(ports, tenantId, table, [{ tenantId: { S: tenantId }, entityKey: { S: written } }]);
      const latest = await ports.migrations.latest(tenantId);
      if (!latest) throw new Error(`${tenantId} has no migration`);
      isJournalled = await until('the change to be journalled', async () =>
        (await ports.journal.journalledAmong(latest, 'source', [written])).has(written),
      );
      await putRaw(client, names.routes, healthy);
    });
    const { migrationId } = await request(tenantId);
    expect(await ended(ports, migrationId)).toMatchObject({ status: 'completed' });
    expect(isJournalled).toBe(true);
    const target = (await ports.registry.tenant(tenantId))?.table;
    const found = target ? await itemsOf(ports, tenantId, target) : [];
    expect(found.map(({ entityKey: key }) => key?.S)).toContain(written);
  });
});
