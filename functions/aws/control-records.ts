import * as z from 'zod';
import type { ControlRecord, ControlRecords, Damage } from '../migration/doctor/control-records.ts';
import { Conflict, RecordDamaged } from '../migration/errors.ts';
import type { MigrationId, TenantId } from '../migration/names.ts';
import type { Tenant } from '../migration/registry/tenant.ts';
import { nameKeyOf } from '../migration/registry/tenant-range.ts';
import type { TierTable } from '../migration/registry/tier-table.ts';
import type { controlTables } from '../migration/settings/settings.ts';
import { AdmissionRecord } from './admissions.ts';
import { PART as APPLIER, ClaimRecord } from './applier-claims.ts';
import { EVENT } from './control-tables.ts';
import { eventRecord, PublishedEventRecord } from './event-record.ts';
import { JournalEntryRecord } from './journal.ts';
import { Latest, META, Meta } from './meta.ts';
import { PACE, WriteLimitRecord } from './paces.ts';
import { parseRecord } from './parsing.ts';
import type { Records } from './records.ts';
import { TABLE, TableRecord, TENANT, TenantRecord } from './registry-records.ts';
import { RouteRecord } from './routes.ts';
import { PREFIX as SEGMENT, SegmentRecord } from './segment-record.ts';
import { SweepRecord } from './sweeps.ts';
import { UNDO_PART, UndoRecordSchema } from './undo-records.ts';
import { updateOf } from './update.ts';

type Raw = Record<string, unknown>;
type Tables = ReturnType<typeof controlTables>;

const UNKNOWN_RECORD: ControlRecord = { kind: 'other' };
/** `TENANT#id` of the migrations table. */
const LATEST = 'LATEST';

/** Reads every record of the control tables, one by one, and makes the writes of `tierferry mend`. */
export const controlRecordsIn = (records: Records, tables: Tables): ControlRecords => {
  async function* readAll(table: keyof Tables): AsyncGenerator<ControlRecord> {
    const read = READERS[table];
    for await (const raw of records.scan({ TableName: tables[table], ConsistentRead: true })) {
      let found: ControlRecord;
      try {
        found = read(raw, tables[table]);
      } catch (error) {
        if (!(error instanceof RecordDamaged)) throw error;
        found = { kind: 'damaged', damage: damageOf(error, raw) };
      }
      yield found;
    }
  }
  const withDamage = (holds: boolean, what: string): void => {
    if (!holds)
      throw new Conflict(
        `${what} has changed since it was read. Nothing was changed. Run 'tierferry doctor' again.`,
      );
  };
  const tenantKey = ({ tenantId }: Tenant) => ({ id: `${TENANT}${tenantId}` });

  return {
    all: readAll,

    async addRoute(route) {
      const isNew = await records.put({
        TableName: tables.routes,
        Item: { ...route },
        ConditionExpression: 'attribute_not_exists(tenantId)',
      });
      withDamage(isNew, `the route of ${route.tenantId}`);
    },

    async addTenant(tenant) {
      const isNew = await records.put({
        TableName: tables.registry,
        Item: { ...tenantKey(tenant), ...tenant, nameKey: nameKeyOf(tenant.name) },
        ConditionExpression: 'attribute_not_exists(id)',
      });
      withDamage(isNew, `the record of tenant ${tenant.tenantId}`);
    },

    async setTenant(from, to) {
      const { tier, placement, table, maxSchools, lockedBy, pending, updatedAt, updatedBy } = to;
      const as = conditionUnchanged({ table: from.table, lockedBy: from.lockedBy, pending: from.pending });
      const isSet = await records.update({
        TableName: tables.registry,
        Key: tenantKey(from),
        ...updateOf({
          set: { tier, placement, table, maxSchools, lockedBy, pending, updatedAt, updatedBy },
          ...as,
        }),
      });
      withDamage(isSet, `the record of tenant ${from.tenantId}`);
    },

    async setCounts({ table, state, freeSlots, tenants, reserved, departing }: TierTable, counts) {
      const isSet = await records.update({
        TableName: tables.registry,
        Key: { id: `${TABLE}${table}` },
        ...updateOf({
          set: { ...counts },
          ...conditionUnchanged({ state, freeSlots, tenants, reserved, departing }),
        }),
      });
      withDamage(isSet, `the record of table ${table}`);
    },

    async setLatest(tenantId, from, to) {
      const at = {
        TableName: tables.migrations,
        Key: { migrationId: `${TENANT}${tenantId}`, part: LATEST },
      };
      const { UpdateExpression, ...condition } = updateOf({
        set: { latest: to },
        ...conditionUnchanged({ latest: from }),
      });
      const isSet =
        to === undefined
          ? await records.delete({ ...at, ...condition })
          : await records.update({ ...at, ...condition, UpdateExpression });
      withDamage(isSet, `the latest migration of ${tenantId}`);
    },

    async setMigration(from, to, { at, who, reason }) {
      const { migrationId, status, attempt, registryChange } = from;
      const failed = await records.transact([
        {
          Update: {
            TableName: tables.migrations,
            Key: { migrationId, part: META },
            ...updateOf({
              set: { ...to, updatedAt: at },
              ...conditionUnchanged({ status, attempt, registryChange }),
            }),
          },
        },
        {
          Put: {
            TableName: tables.migrations,
            Item: eventRecord({ ...from, ...to }, { at, who, reason, from: status, to: to.status }, 'mended'),
          },
        },
      ]);
      withDamage(failed.length === 0, migrationId);
    },
  };
};

/** Makes a condition: the fields have these values, or are absent if the value is undefined. */
const conditionUnchanged = (fields: Readonly<Record<string, unknown>>) => {
  const names = Object.keys(fields);
  return {
    condition: names
      .map((name) =>
        fields[name] === undefined ? `attribute_not_exists(#${name})` : `#${name} = :was_${name}`,
      )
      .join(' AND '),
    names: Object.fromEntries(names.map((name) => [`#${name}`, name])),
    values: Object.fromEntries(
      names.flatMap((name) => (fields[name] === undefined ? [] : [[`:was_${name}`, fields[name]]])),
    ),
  };
};

const longTextRecordOf = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : undefined;

const damageOf = ({ table, key, field }: RecordDamaged, raw: Raw): Damage => {
  const id = longTextRecordOf(raw.id) ?? longTextRecordOf(raw.migrationId) ?? '';
  const tenantId = id.startsWith(TENANT) ? id.slice(TENANT.length) : longTextRecordOf(raw.tenantId);
  const migrationId = [longTextRecordOf(raw.migrationId), longTextRecordOf(raw.id)?.split('#')[0]].find(
    (one) => one?.startsWith('mig-'),
  );
  return {
    table,
    key,
    field,
    ...(tenantId === undefined ? {} : { tenantId: tenantId as TenantId }),
    ...(migrationId === undefined ? {} : { migrationId: migrationId as MigrationId }),
  };
};

const readRegistry = (raw: Raw, table: string): ControlRecord => {
  const place = { table, key: String(raw.id) };
  if (place.key.startsWith(TENANT)) return { kind: 'tenant', tenant: parseRecord(TenantRecord, place, raw) };
  if (place.key.startsWith(TABLE)) return { kind: 'table', table: parseRecord(TableRecord, place, raw) };
  return UNKNOWN_RECORD;
};

const readRoute = (raw: Raw, table: string): ControlRecord => ({
  kind: 'route',
  route: parseRecord(RouteRecord, { table, key: String(raw.tenantId) }, raw),
});

const Text = z.object({ text: z.string() });
/** Schemas of the parts of a migration of which only the form is checked. */
const PARTS: readonly (readonly [prefix: string, schema: z.ZodType])[] = [
  [EVENT, PublishedEventRecord],
  [SEGMENT, SegmentRecord],
  [UNDO_PART, UndoRecordSchema],
  [APPLIER, ClaimRecord],
  [PACE, WriteLimitRecord],
  ['PLAN', Text],
  ['REPORT', Text],
  ['FOREIGN', Text],
  ['SENTINELS', Text],
  ['EXPIRING#', Text],
  ['DELETABLE#', Text],
  ['UNFINISHED#', Text],
  ['INDEX', Text],
  ['ADMITTED', AdmissionRecord],
  ['STATE', SweepRecord],
];

const readMigration = (raw: Raw, table: string): ControlRecord => {
  const id = String(raw.migrationId);
  const part = String(raw.part);
  const place = { table, key: `${id}/${part}` };
  if (part === META) return { kind: 'migration', migration: parseRecord(Meta, place, raw) };
  if (part === LATEST) {
    const tenantId = id.slice(TENANT.length) as TenantId;
    return { kind: 'latest', tenantId, migrationId: parseRecord(Latest, place, raw).latest };
  }
  const known = PARTS.find(([prefix]) => part.startsWith(prefix));
  if (known) parseRecord(known[1], place, raw);
  return UNKNOWN_RECORD;
};

const readJournalEntry = (raw: Raw, table: string): ControlRecord => {
  const id = String(raw.id);
  parseRecord(JournalEntryRecord, { table, key: id }, raw);
  return { kind: 'journalEntry', migrationId: (id.split('#')[0] ?? '') as MigrationId };
};

const READERS: Readonly<Record<keyof Tables, (raw: Raw, table: string) => ControlRecord>> = {
  registry: readRegistry,
  routes: readRoute,
  migrations: readMigration,
  journal: readJournalEntry,
};
