import * as z from 'zod';
import type { ControlRecord, ControlRecords, Damage } from '../migration/doctor/control-records.ts';
import { Conflict, RecordDamaged } from '../migration/errors.ts';
import type { MigrationId, TenantId } from '../migration/names.ts';
import type { Tenant, TierTable } from '../migration/registry/records.ts';
import { nameKeyOf } from '../migration/registry/tenant-range.ts';
import type { controlTables } from '../migration/settings.ts';
import { AdmissionRecord } from './admissions.ts';
import { PART as APPLIER, ClaimRecord } from './appliers.ts';
import { EVENT } from './control-tables.ts';
import { eventRecord, NoticeRecord } from './event-record.ts';
import { MarkRecord } from './journal.ts';
import { META } from './meta.ts';
import { CLEANUP, CleanUp, Latest, Meta } from './migrations.ts';
import { PACE, Pace } from './paces.ts';
import { parseRecord } from './parsing.ts';
import type { Records } from './records.ts';
import { TABLE, TableRecord, TENANT, TenantRecord } from './registry.ts';
import { RouteRecord } from './routes.ts';
import { PREFIX as SEGMENT, SegmentRecord } from './segments.ts';
import { SweepRecord } from './sweeps.ts';
import { updateOf } from './update.ts';

type Raw = Record<string, unknown>;
type Tables = ReturnType<typeof controlTables>;

const OTHER: ControlRecord = { kind: 'other' };
/** `TENANT#id` of the migrations table. */
const LATEST = 'LATEST';

/** Reads every record of the control tables, one by one, and makes the writes of `tierferry mend`. */
export const controlRecordsIn = (records: Records, tables: Tables): ControlRecords => {
  async function* all(table: keyof Tables): AsyncGenerator<ControlRecord> {
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
  const hold = (holds: boolean, what: string): void => {
    if (!holds)
      throw new Conflict(
        `${what} has changed since it was read. Nothing was changed. Run 'tierferry doctor' again.`,
      );
  };
  const tenantKey = ({ tenantId }: Tenant) => ({ id: `${TENANT}${tenantId}` });

  return {
    all,

    async addRoute(route) {
      const isNew = await records.put({
        TableName: tables.routes,
        Item: { ...route },
        ConditionExpression: 'attribute_not_exists(tenantId)',
      });
      hold(isNew, `the route of ${route.tenantId}`);
    },

    async addTenant(tenant) {
      const isNew = await records.put({
        TableName: tables.registry,
        Item: { ...tenantKey(tenant), ...tenant, nameKey: nameKeyOf(tenant.name) },
        ConditionExpression: 'attribute_not_exists(id)',
      });
      hold(isNew, `the record of tenant ${tenant.tenantId}`);
    },

    async setTenant(from, to) {
      const { tier, placement, table, maxSchools, lockedBy, pending, updatedAt, updatedBy } = to;
      const as = unchanged({ table: from.table, lockedBy: from.lockedBy, pending: from.pending });
      const isSet = await records.update({
        TableName: tables.registry,
        Key: tenantKey(from),
        ...updateOf({
          set: { tier, placement, table, maxSchools, lockedBy, pending, updatedAt, updatedBy },
          ...as,
        }),
      });
      hold(isSet, `the record of tenant ${from.tenantId}`);
    },

    async setCounts({ table, state, room, tenants, reserved, leaving }: TierTable, counts) {
      const isSet = await records.update({
        TableName: tables.registry,
        Key: { id: `${TABLE}${table}` },
        ...updateOf({ set: { ...counts }, ...unchanged({ state, room, tenants, reserved, leaving }) }),
      });
      hold(isSet, `the record of table ${table}`);
    },

    async setLatest(tenantId, from, to) {
      const at = {
        TableName: tables.migrations,
        Key: { migrationId: `${TENANT}${tenantId}`, part: LATEST },
      };
      const { UpdateExpression, ...condition } = updateOf({
        set: { latest: to },
        ...unchanged({ latest: from }),
      });
      const isSet =
        to === undefined
          ? await records.delete({ ...at, ...condition })
          : await records.update({ ...at, ...condition, UpdateExpression });
      hold(isSet, `the latest migration of ${tenantId}`);
    },

    async setMigration(from, to, { at, who, why }) {
      const { migrationId, status, attempt, registryChange } = from;
      const failed = await records.transact([
        {
          Update: {
            TableName: tables.migrations,
            Key: { migrationId, part: META },
            ...updateOf({ set: { ...to, updatedAt: at }, ...unchanged({ status, attempt, registryChange }) }),
          },
        },
        {
          Put: {
            TableName: tables.migrations,
            Item: eventRecord({ ...from, ...to }, { at, who, why, from: status, to: to.status }, 'mended'),
          },
        },
      ]);
      hold(failed.length === 0, migrationId);
    },
  };
};

/** Makes a condition: the fields have these values, or are absent if the value is undefined. */
const unchanged = (fields: Readonly<Record<string, unknown>>) => {
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

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

const damageOf = ({ table, key, field }: RecordDamaged, raw: Raw): Damage => {
  const id = textOf(raw.id) ?? textOf(raw.migrationId) ?? '';
  const tenantId = id.startsWith(TENANT) ? id.slice(TENANT.length) : textOf(raw.tenantId);
  const migrationId = [textOf(raw.migrationId), textOf(raw.id)?.split('#')[0]].find((one) =>
    one?.startsWith('mig-'),
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
  return OTHER;
};

const readRoute = (raw: Raw, table: string): ControlRecord => ({
  kind: 'route',
  route: parseRecord(RouteRecord, { table, key: String(raw.tenantId) }, raw),
});

const Text = z.object({ text: z.string() });
/** Schemas of the parts of a migration of which only the form is checked. */
const PARTS: readonly (readonly [prefix: string, schema: z.ZodType])[] = [
  [EVENT, NoticeRecord],
  [SEGMENT, SegmentRecord],
  [CLEANUP, CleanUp],
  [APPLIER, ClaimRecord],
  [PACE, Pace],
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
  return OTHER;
};

const readMark = (raw: Raw, table: string): ControlRecord => {
  const id = String(raw.id);
  parseRecord(MarkRecord, { table, key: id }, raw);
  return { kind: 'mark', migrationId: (id.split('#')[0] ?? '') as MigrationId };
};

const READERS: Readonly<Record<keyof Tables, (raw: Raw, table: string) => ControlRecord>> = {
  registry: readRegistry,
  routes: readRoute,
  migrations: readMigration,
  journal: readMark,
};
