import { randomUUID } from 'node:crypto';
import type { Clock } from '../migration/clock-port.ts';
import { Conflict } from '../migration/errors.ts';
import { mayChange, type Status, statusWords } from '../migration/life-cycle.ts';
import { type Migration, STAGES } from '../migration/migration.ts';
import type { MigrationId, TenantId } from '../migration/names.ts';
import type { Ports } from '../migration/ports.ts';
import type {
  BlockingField,
  ComparedField,
  MigrationChange,
  Migrations,
} from '../migration/record/migrations-port.ts';
import type { controlTables } from '../migration/settings/settings.ts';
import { eventLogIn } from './event-log.ts';
import { eventRecord } from './event-record.ts';
import { LongTexts } from './long-text.ts';
import { Latest, META, Meta, movedOn } from './meta.ts';
import { migrationListsIn } from './migration-lists.ts';
import { migrationNotesIn } from './migration-notes.ts';
import { partKey, partLocation } from './migration-parts.ts';
import { migrationTextsIn } from './migration-texts.ts';
import type { Records } from './records.ts';
import { routeMoved, routePut } from './routes.ts';
import { undoRecordsIn } from './undo-records.ts';
import { updateOf } from './update.ts';

/** Sorts the event of a request before other events of the same ms. */
const BEFORE_OTHERS = '0';

type Tables = Pick<ReturnType<typeof controlTables>, 'migrations' | 'routes'>;

/** Stores migrations: the records of each in the migrations table, and the latest migration of each tenant. */
export const migrationsIn = (records: Records, tables: Tables, clock: Clock): Ports['migrations'] => {
  const { migrations: table } = tables;
  const texts = new LongTexts(records, table);
  return {
    ...metasIn(records, tables, clock),
    ...migrationListsIn(records, table),
    ...migrationNotesIn(records, table),
    ...undoRecordsIn(records, table),
    ...eventLogIn(records, table, clock),
    ...migrationTextsIn(records, table),

    async forgetKeys(migrationId) {
      for (const part of ['SENTINELS', 'HOT']) await texts.forget(migrationId, part);
    },
  };
};

/** Adds a map for every stage, so that a single time within it can be set later. */
const withEveryStage = (stages: Migration['stages']) =>
  Object.fromEntries(STAGES.map((stage) => [stage, stages[stage] ?? {}]));

const stored = <T extends { readonly stages?: Migration['stages'] }>(fields: T) =>
  fields.stages ? { ...fields, stages: withEveryStage(fields.stages) } : fields;

// it is in no index, since it has neither the tenant's attribute nor a status
const latestKey = (tenantId: TenantId) => ({ migrationId: `TENANT#${tenantId}`, part: 'LATEST' });

interface Conditions {
  readonly status?: Status;
  readonly unless?: readonly BlockingField[];
  readonly asRead?: readonly ComparedField[];
}

/** Stores `META` of a migration, and `TENANT#id` + `LATEST`. */
const metasIn = (
  records: Records,
  { migrations: table, routes }: Tables,
  clock: Clock,
): Pick<Migrations, 'create' | 'latest' | 'get' | 'transition' | 'update'> => {
  const change = (
    from: Migration,
    fields: Readonly<Record<string, unknown>>,
    conditions: Conditions = {},
  ) => ({
    TableName: table,
    Key: partKey(from.migrationId, META),
    ...metaChange(from, { ...stored(fields), updatedAt: clock.now() }, conditions),
  });
  const get = async (migrationId: MigrationId): Promise<Migration | undefined> => {
    const found = await records.get(table, partKey(migrationId, META));
    return found && records.parse(Meta, partLocation(table, migrationId, META), found);
  };
  const changed = async (migrationId: MigrationId): Promise<Migration> => {
    const found = await get(migrationId);
    if (!found) throw new Conflict(`the record of ${migrationId} does not exist`);
    return found;
  };
  return {
    create: (migration, before) => create(records, table, migration, before),

    async latest(tenantId) {
      const found = await records.get(table, latestKey(tenantId));
      const { migrationId, part } = latestKey(tenantId);
      return found && records.parse(Latest, partLocation(table, migrationId, part), found).latest;
    },

    get,

    async transition(from, to, event, fields = {}, route, unless = [], asRead = []) {
      if (!mayChange(from.status, to)) {
        throw new Conflict(
          `${from.migrationId} is ${statusWords(from.status)} and cannot become ${statusWords(to)}`,
        );
      }
      const { attempt = from.attempt, target = from.target } = fields;
      const recorded = { ...event, from: from.status, to };
      const order = randomUUID().slice(0, 8);
      const failed = await records.transact([
        { Update: change(from, { ...fields, status: to }, { status: from.status, unless, asRead }) },
        { Put: { TableName: table, Item: eventRecord({ ...from, attempt, target }, recorded, order) } },
        ...(route ? [{ Put: routePut(routes, route.from, route.to) }] : []),
      ]);
      if (route && failed.includes(2)) throw routeMoved(route.from);
      if (failed.length > 0) throw refusalOf(from, [...unless, ...asRead]);
      return changed(from.migrationId);
    },

    async update(from, fields: MigrationChange) {
      if (!(await records.update(change(from, fields)))) throw movedOn(from);
      return changed(from.migrationId);
    },
  };
};

const refusalOf = (from: Migration, fields: readonly (BlockingField | ComparedField)[]): Conflict =>
  fields.length === 0
    ? movedOn(from)
    : new Conflict(`${movedOn(from).message}, or one of these has been set: ${fields.join(', ')}`);

/** The update of a migration's record that holds only under the conditions, and in the attempt of `from`. */
const metaChange = (
  from: Migration,
  set: Readonly<Record<string, unknown>>,
  { status, unless = [], asRead = [] }: Conditions,
) =>
  updateOf({
    set,
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
  });

const create = async (
  records: Records,
  table: string,
  migration: Migration,
  before: MigrationId | undefined,
): Promise<void> => {
  const { migrationId, tenantId, dryRun, requestedAt: at, requestedBy: who, reason } = migration;
  const event = { at, who, to: migration.status, reason };
  const requested = { Put: { TableName: table, Item: eventRecord(migration, event, BEFORE_OTHERS) } };
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
  const failed = await records.transact([added, requested, ...(dryRun ? [] : [asLatest])]);
  if (failed.includes(0)) throw new Conflict(`migration ${migrationId} already exists`);
  if (failed.length > 0)
    throw new Conflict(`another migration of ${tenantId} was requested at the same time`);
};
