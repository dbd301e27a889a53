import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import type { Clock } from '../migration/clock-port.ts';
import type { ForeignKeys } from '../migration/compare/foreign-writes-port.ts';
import { Conflict } from '../migration/errors.ts';
import {
  type IndexCheckProgress,
  MARKER_STATES,
  type UnfinishedIndexValues,
} from '../migration/indexes/index-check.ts';
import { byKeyOrder } from '../migration/items/items.ts';
import type { CapturedKey } from '../migration/journal/journal-port.ts';
import { isClosed, mayChange, STATUSES, type Status } from '../migration/life-cycle.ts';
import {
  type Migration,
  type MigrationEvent,
  STAGES,
  type Stage,
  type UndoRecord,
} from '../migration/migration.ts';
import {
  type EntityKey,
  type EpochMs,
  epochMs,
  type MigrationId,
  type TableName,
  type TenantId,
} from '../migration/names.ts';
import type { Plan } from '../migration/plan/plan.ts';
import type { Ports } from '../migration/ports.ts';
import type {
  BlockingField,
  ComparedField,
  MigrationChange,
  MigrationFilter,
} from '../migration/record/migrations-port.ts';
import type { Report } from '../migration/report/report.ts';
import type { controlTables } from '../migration/settings/settings.ts';
import { BY_DAY, BY_STATUS, BY_TENANT, EVENT } from './control-tables.ts';
import { dayOf, eventPart, eventRecord, MigrationEventRecord, PublishedEventRecord } from './event-record.ts';
import { LongTexts } from './long-text.ts';
import { Latest, META, Meta, metaUnchanged } from './meta.ts';
import { asciiJson, jsonDocument, jsonText, named } from './parsing.ts';
import type { Records } from './records.ts';
import { routeMoved, routePut } from './routes.ts';
import { updateOf } from './update.ts';

export const UNDO_PART = 'UNDO';
/** Sorts the event of a request before other events of the same ms. */
const BEFORE_LETTERS = '0';
const DAY_MS = 24 * 60 * 60_000;

const time = named.number<EpochMs>();
export const UndoRecordSchema = z.object({
  table: named.text<TableName>(),
  createsTable: z.boolean(),
  partitionClaimed: z.boolean(),
}) satisfies z.ZodType<UndoRecord>;

const PlanText = jsonDocument<Plan>('tenantId', 'findings', 'survey', 'estimate');
const ForeignText = jsonDocument<ForeignKeys>('differences');
const SentinelsText = jsonText.pipe(
  z.object({
    sentinels: z.array(
      z.object({ key: named.text<EntityKey>(), sequence: z.string() }) satisfies z.ZodType<CapturedKey>,
    ),
  }),
);
const KeysText = jsonText.pipe(z.object({ keys: z.array(named.text<EntityKey>()) }));
const IndexesText = jsonText.pipe(
  z.object({
    attempt: z.number().int().positive(),
    nonce: z.string(),
    polls: z.number(),
    putAt: time,
    deletedAt: time.optional(),
    checkedAt: time.optional(),
    pending: z.array(z.object({ index: z.string(), valueHash: z.string() })),
    indexes: z.array(
      z.object({
        index: z.string(),
        marker: z.enum(MARKER_STATES),
        lagMs: z.number().optional(),
        values: z.number().optional(),
        counted: z.number(),
        differing: z.number(),
        uncountedItems: z.number(),
      }),
    ),
  }) satisfies z.ZodType<IndexCheckProgress>,
);
const IndexValuesText = jsonText.pipe(
  z.object({
    reading: z
      .object({
        attempt: z.number().int().positive(),
        through: named.text<EntityKey>().optional(),
        slices: z.number(),
        indexes: z.array(
          z.object({
            index: z.string(),
            uncountedItems: z.number(),
            values: z.record(z.string(), z.object({ items: z.number(), key: named.text<EntityKey>() })),
          }),
        ),
      })
      .optional() satisfies z.ZodType<UnfinishedIndexValues | undefined>,
  }),
);
const ReportText = jsonDocument<Report>('migrationId', 'outcome', 'units', 'sha256');

const CLOSED = Object.fromEntries(STATUSES.filter(isClosed).map((status) => [`:${status}`, status]));
/** Condition that a migration is open, with `#status` and the values of `CLOSED`: a closed migration never changes again. */
const IS_OPEN = `attribute_exists(migrationId) AND NOT #status IN (${Object.keys(CLOSED).join(', ')})`;

/** Adds a map for every stage, so that a single time within it can be set later. */
const withEveryStage = (stages: Migration['stages']) =>
  Object.fromEntries(STAGES.map((stage) => [stage, stages[stage] ?? {}]));

const stored = <T extends { readonly stages?: Migration['stages'] }>(fields: T) => ({
  ...fields,
  ...(fields.stages ? { stages: withEveryStage(fields.stages) } : {}),
});

/**
 * Stores migrations in `migrationId` + `META`, `EVENT#time`, `PLAN`, `REPORT`, `FOREIGN`, `SENTINELS`, `HOT`, `PAST_LEASES`,
 * `INDEXES`, `INDEX_VALUES` and `UNDO_PART` of the migrations table, and the latest migration of a tenant in `TENANT#id` +
 * `LATEST`.
 */
export const migrationsIn = (
  records: Records,
  { migrations: table, routes }: Pick<ReturnType<typeof controlTables>, 'migrations' | 'routes'>,
  clock: Clock,
): Ports['migrations'] => {
  const texts = new LongTexts(records, table);
  const key = (migrationId: MigrationId, part: string) => ({ migrationId, part });
  // it is in no index, since it has neither the tenant's attribute nor a status
  const latestKey = (tenantId: TenantId) => ({ migrationId: `TENANT#${tenantId}`, part: 'LATEST' });

  const recordPlace = (migrationId: unknown, part: unknown) => ({ table, key: `${migrationId}/${part}` });
  const parseText = <T>(schema: z.ZodType<T>, migrationId: MigrationId, part: string, text: string): T =>
    records.parse(z.object({ text: schema }), recordPlace(migrationId, part), { text }).text;

  const readPart = async (migrationId: MigrationId): Promise<Migration | undefined> => {
    const found = await records.get(table, key(migrationId, META));
    return found && records.parse(Meta, recordPlace(migrationId, META), found);
  };

  const metaChange = (
    from: Migration,
    change: Readonly<Record<string, unknown>>,
    {
      status,
      unless = [],
      asRead = [],
    }: {
      status?: Status;
      unless?: readonly BlockingField[];
      asRead?: readonly ComparedField[];
    } = {},
  ) => ({
    TableName: table,
    Key: key(from.migrationId, META),
    ...updateOf({
      set: { ...stored(change), updatedAt: clock.now() },
      condition: [
        '#attempt = :attempt',
        ...(status ? ['#status = :status'] : []),
        ...unless.map((field) => `(attribute_not_exists(#${field}) OR #${field} = :false)`),
        ...asRead.map((field) =>
          from[field] === undefined ? `attribute_not_exists(#${field})` : `#${field} = :read_${field}`,
        ),
      ].join(' AND '),
      names: {
        '#attempt': 'attempt',
        ...(status ? { '#status': 'status' } : {}),
        ...Object.fromEntries([...unless, ...asRead].map((field) => [`#${field}`, field])),
      },
      values: {
        ':attempt': from.attempt,
        ...(status ? { ':status': status } : {}),
        ...(unless.length > 0 ? { ':false': false } : {}),
        ...Object.fromEntries(
          asRead.flatMap((field) => (from[field] === undefined ? [] : [[`:read_${field}`, from[field]]])),
        ),
      },
    }),
  });

  const newMigration = async (migrationId: MigrationId): Promise<Migration> => {
    const found = await readPart(migrationId);
    if (!found) throw new Conflict(`the record of ${migrationId} does not exist`);
    return found;
  };

  const statusMoved = (from: Migration) =>
    new Conflict(`${from.migrationId} is no longer ${from.status} in attempt ${from.attempt}`);
  const describeRefusal = (from: Migration, fields: readonly (BlockingField | ComparedField)[]) =>
    fields.length === 0
      ? statusMoved(from)
      : new Conflict(`${statusMoved(from).message}, or one of these has been set: ${fields.join(', ')}`);

  async function* byIndex(
    index: string,
    attribute: string,
    value: string,
    { before, atOnce }: Pick<MigrationFilter, 'before' | 'atOnce'>,
  ): AsyncGenerator<Migration, undefined> {
    const input = {
      TableName: table,
      IndexName: index,
      KeyConditionExpression: before === undefined ? '#a = :a' : '#a = :a AND migrationId < :before',
      ExpressionAttributeNames: { '#a': attribute },
      ExpressionAttributeValues: { ':a': value, ...(before === undefined ? {} : { ':before': before }) },
      ScanIndexForward: false,
      ...(atOnce === undefined ? {} : { Limit: atOnce }),
    };
    for await (const found of records.query(input)) {
      const listed = records.parseListed(Meta, recordPlace(found.migrationId, found.part), found);
      if (listed) yield listed;
    }
    return undefined;
  }

  return {
    async create(migration, before) {
      const { migrationId, tenantId, dryRun, requestedAt: at, requestedBy: who, reason } = migration;
      const event = { at, who, to: migration.status, reason };
      const asked = { Put: { TableName: table, Item: eventRecord(migration, event, BEFORE_LETTERS) } };
      const added = {
        Put: {
          TableName: table,
          Item: { ...stored(migration), part: META },
          ConditionExpression: 'attribute_not_exists(migrationId)',
        },
      };
      const asLatest = {
        Update: {
          TableName: table,
          Key: latestKey(tenantId),
          ...updateOf({
            set: { latest: migrationId },
            condition: before === undefined ? 'attribute_not_exists(#latest)' : '#latest = :before',
            values: before === undefined ? {} : { ':before': before },
          }),
        },
      };
      const failed = await records.transact([added, asked, ...(dryRun ? [] : [asLatest])]);
      if (failed.includes(0)) throw new Conflict(`migration ${migrationId} already exists`);
      if (failed.length > 0)
        throw new Conflict(`another migration of ${tenantId} was requested at the same time`);
    },

    async latest(tenantId) {
      const found = await records.get(table, latestKey(tenantId));
      const { migrationId, part } = latestKey(tenantId);
      return found && records.parse(Latest, recordPlace(migrationId, part), found).latest;
    },

    get: readPart,

    async *list({ tenantId, status, ...page }) {
      if (tenantId !== undefined) {
        for await (const one of byIndex(BY_TENANT, 'tenantId', tenantId, page))
          if (status === undefined || one.status === status) yield one;
      } else {
        const statuses = status === undefined ? STATUSES : [status];
        yield* latestFirst(statuses.map((one) => byIndex(BY_STATUS, 'status', one, page)));
      }
    },

    async transition(from, to, event, change = {}, route, unless = [], asRead = []) {
      if (!mayChange(from.status, to)) {
        throw new Conflict(`${from.migrationId} is ${from.status} and cannot become ${to}`);
      }
      const { attempt = from.attempt, target = from.target } = change;
      const told = { ...event, from: from.status, to };
      const order = randomUUID().slice(0, 8);
      const failed = await records.transact([
        { Update: metaChange(from, { ...change, status: to }, { status: from.status, unless, asRead }) },
        { Put: { TableName: table, Item: eventRecord({ ...from, attempt, target }, told, order) } },
        ...(route ? [{ Put: routePut(routes, route.from, route.to) }] : []),
      ]);
      if (route && failed.includes(2)) throw routeMoved(route.from);
      if (failed.length > 0) throw describeRefusal(from, [...unless, ...asRead]);
      return newMigration(from.migrationId);
    },

    async update(from, change: MigrationChange) {
      if (!(await records.update(metaChange(from, change)))) throw statusMoved(from);
      return newMigration(from.migrationId);
    },

    async noteLateCalls(migrationId, outAt, what = 'items') {
      const field = what === 'items' ? 'lateCallsOutAt' : 'lateSentinelsOutAt';
      await records.update({
        TableName: table,
        Key: key(migrationId, META),
        ...updateOf({
          set: { [field]: outAt },
          condition: `${IS_OPEN} AND (attribute_not_exists(#${field}) OR #${field} < :outAt)`,
          names: { '#status': 'status' },
          values: { ...CLOSED, ':outAt': outAt },
        }),
      });
    },

    async noteHeldReady({ migrationId, attempt }, at) {
      await records.update({
        TableName: table,
        Key: key(migrationId, META),
        ...updateOf({
          set: { waitsForOperatorSince: at },
          condition:
            '#attempt = :attempt AND #cutoverHeld = :true AND attribute_not_exists(#waitsForOperatorSince)',
          names: { '#attempt': 'attempt', '#cutoverHeld': 'cutoverHeld' },
          values: { ':attempt': attempt, ':true': true },
        }),
      });
    },

    async noteStepFailure(migrationId, steps, failed) {
      const field = steps === 'forward' ? 'stepFailure' : 'rollbackStepFailure';
      await records.update({
        TableName: table,
        Key: key(migrationId, META),
        ...updateOf({
          set: { [field]: failed },
          condition: `${IS_OPEN} AND #attempt = :attempt AND (attribute_not_exists(#${field}) OR #${field}.#attempt < :attempt OR #${field}.#isRetried = :true)`,
          names: { '#status': 'status', '#attempt': 'attempt', '#isRetried': 'isRetried' },
          values: { ...CLOSED, ':attempt': failed.attempt, ':true': true },
        }),
      });
    },

    async addWriteUnits(migrationId, work, units) {
      await records.update({
        TableName: table,
        Key: key(migrationId, META),
        ...updateOf({
          add: { [`${work}WriteUnits`]: units },
          condition: IS_OPEN,
          names: { '#status': 'status' },
          values: CLOSED,
        }),
      });
    },

    async noteStage(migrationId, stage: Stage, { startedAt, endedAt }) {
      await records.update({
        TableName: table,
        Key: key(migrationId, META),
        ...updateOf({
          once: startedAt === undefined ? {} : { [`stages.${stage}.startedAt`]: startedAt },
          set: endedAt === undefined ? {} : { [`stages.${stage}.endedAt`]: endedAt },
          condition: 'attribute_exists(migrationId)',
        }),
      });
    },

    async events(migrationId) {
      const input = {
        TableName: table,
        KeyConditionExpression: 'migrationId = :m AND begins_with(part, :event)',
        ExpressionAttributeValues: { ':m': migrationId, ':event': EVENT },
        ConsistentRead: true,
      };
      const events: MigrationEvent[] = [];
      for await (const found of records.query(input)) {
        const event = records.parseListed(MigrationEventRecord, recordPlace(migrationId, found.part), found);
        if (event) events.push(event);
      }
      return events;
    },

    async *eventsSince(since) {
      const end = dayOf(clock.now());
      for (let day = since; dayOf(day) <= end; day = epochMs(day + DAY_MS)) {
        const input = {
          TableName: table,
          IndexName: BY_DAY,
          KeyConditionExpression: '#day = :day AND part >= :since',
          ExpressionAttributeNames: { '#day': 'day' },
          ExpressionAttributeValues: { ':day': dayOf(day), ':since': eventPart(since) },
        };
        for await (const found of records.query(input)) {
          const event = records.parseListed(
            PublishedEventRecord,
            recordPlace(found.migrationId, found.part),
            found,
          );
          if (event) yield event;
        }
      }
    },

    savePlan: (migrationId, plan) => texts.save(migrationId, 'PLAN', asciiJson(plan)),
    async plan(migrationId) {
      const found = await texts.load(migrationId, 'PLAN');
      return found === undefined ? undefined : parseText(PlanText, migrationId, 'PLAN', found);
    },

    // with a thousand keys of 1 KB each it is larger than an item
    saveReport: (migrationId, report) => texts.save(migrationId, 'REPORT', asciiJson(report)),
    async report(migrationId) {
      const found = await texts.load(migrationId, 'REPORT');
      return found === undefined ? undefined : parseText(ReportText, migrationId, 'REPORT', found);
    },

    saveForeign: (migrationId, foreign) => texts.save(migrationId, 'FOREIGN', asciiJson(foreign)),
    async foreign(migrationId) {
      const found = await texts.load(migrationId, 'FOREIGN');
      return found === undefined
        ? { differences: [] }
        : parseText(ForeignText, migrationId, 'FOREIGN', found);
    },

    saveFenceSentinels: (migrationId, sentinels) =>
      texts.save(
        migrationId,
        'SENTINELS',
        asciiJson({ sentinels: [...sentinels].sort((a, b) => byKeyOrder(a.key, b.key)) }),
      ),
    async fenceSentinels(migrationId) {
      const found = await texts.load(migrationId, 'SENTINELS');
      return found === undefined ? [] : parseText(SentinelsText, migrationId, 'SENTINELS', found).sentinels;
    },

    saveHotKeys: (migrationId, keys) => texts.save(migrationId, 'HOT', asciiJson({ keys })),
    async hotKeys(migrationId) {
      const found = await texts.load(migrationId, 'HOT');
      return found === undefined ? [] : parseText(KeysText, migrationId, 'HOT', found).keys;
    },

    async forgetKeys(migrationId) {
      for (const part of ['SENTINELS', 'HOT']) await texts.forget(migrationId, part);
    },

    saveKeysPastLeases: (migrationId, keys) => texts.save(migrationId, 'PAST_LEASES', asciiJson({ keys })),
    async keysPastLeases(migrationId) {
      const found = await texts.load(migrationId, 'PAST_LEASES');
      return found === undefined ? [] : parseText(KeysText, migrationId, 'PAST_LEASES', found).keys;
    },

    saveIndexChecks: (migrationId, checks) => texts.save(migrationId, 'INDEXES', asciiJson(checks)),
    async indexChecks(migrationId) {
      const found = await texts.load(migrationId, 'INDEXES');
      return found === undefined ? undefined : parseText(IndexesText, migrationId, 'INDEXES', found);
    },

    saveIndexValues: (migrationId, reading) =>
      texts.save(migrationId, 'INDEX_VALUES', asciiJson({ reading })),
    async indexValues(migrationId) {
      const found = await texts.load(migrationId, 'INDEX_VALUES');
      return found === undefined
        ? undefined
        : parseText(IndexValuesText, migrationId, 'INDEX_VALUES', found).reading;
    },

    async chooseTarget(from, target) {
      const failed = await records.transact([
        metaUnchanged(table, from, { registryChange: 'none' }),
        {
          Put: {
            TableName: table,
            Item: { ...key(from.migrationId, UNDO_PART), ...target, partitionClaimed: false },
          },
        },
      ]);
      if (failed.length > 0) throw statusMoved(from);
    },
    async claimPartition(migrationId, name) {
      const isClaimed = await records.update({
        TableName: table,
        Key: key(migrationId, UNDO_PART),
        ...updateOf({
          set: { partitionClaimed: true },
          condition: '#table = :table',
          names: { '#table': 'table' },
          values: { ':table': name },
        }),
      });
      if (!isClaimed) throw new Conflict(`the undo record of ${migrationId} names another table`);
    },
    async undoRecord(migrationId) {
      const found = await records.get(table, key(migrationId, UNDO_PART));
      return found && records.parse(UndoRecordSchema, recordPlace(migrationId, UNDO_PART), found);
    },
  };
};

/**
 * Merges lists that are sorted latest first, by id, which begins with the time. If one list fails, the others are still
 * merged, and its error is thrown at the end.
 */
async function* latestFirst(
  lists: readonly AsyncGenerator<Migration, undefined>[],
): AsyncGenerator<Migration> {
  let failure: { readonly error: unknown } | undefined;
  const next = async (list: (typeof lists)[number]): Promise<Migration | undefined> => {
    try {
      return (await list.next()).value;
    } catch (error) {
      failure ??= { error };
      return undefined;
    }
  };
  const firstChunks = await Promise.all(lists.map(async (list) => ({ list, head: await next(list) })));
  for (;;) {
    let latest: (typeof firstChunks)[number] | undefined;
    for (const one of firstChunks) {
      if (one.head && (!latest?.head || one.head.migrationId > latest.head.migrationId)) latest = one;
    }
    if (!latest?.head) break;
    yield latest.head;
    latest.head = await next(latest.list);
  }
  if (failure) throw failure.error;
}
