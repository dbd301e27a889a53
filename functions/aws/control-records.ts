import * as z from 'zod';
import type { ControlRecord, ControlRecords, Damage } from '../migration/doctor/control-records.ts';
import { RecordDamaged } from '../migration/errors.ts';
import { SweepState } from '../migration/growth/sweeps-port.ts';
import { UndoRecord } from '../migration/migration.ts';
import type { MigrationId, TenantId } from '../migration/names.ts';
import { PaceRecord } from '../migration/partition/paces-port.ts';
import type { controlTables } from '../migration/settings/settings.ts';
import { AdmissionRecord } from './admissions.ts';
import { PART as APPLIER, ClaimRecord } from './applier-claims.ts';
import { EVENT } from './control-tables.ts';
import { PublishedEventRecord } from './event-record.ts';
import { FIRST, FirstChangeRecord } from './first-changes.ts';
import { JournalEntryRecord } from './journal-entries.ts';
import { Latest, META, Meta } from './meta.ts';
import { PACE } from './paces.ts';
import { parseRecord } from './parsing.ts';
import { LATEST, recordRepairsIn } from './record-repairs.ts';
import type { Records } from './records.ts';
import { TABLE, TableRecord, TENANT, TenantRecord } from './registry-records.ts';
import { RouteRecord } from './routes.ts';
import { PREFIX as SEGMENT, SegmentRecord } from './segment-record.ts';
import { REMOVED, RemovedRecord } from './tenant-removals.ts';
import { TOUCHED, TouchedKeyRecord } from './touched-keys.ts';
import { UNDO_PART } from './undo-records.ts';

type Raw = Record<string, unknown>;
type Tables = ReturnType<typeof controlTables>;

const UNKNOWN_RECORD: ControlRecord = { kind: 'other' };

/** Reads every record of the control tables, one by one, and makes the writes that repair a finding of the doctor. */
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
  return { all: readAll, ...recordRepairsIn(records, tables) };
};

const stringOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

const damageOf = ({ table, key, field }: RecordDamaged, raw: Raw): Damage => {
  const id = stringOf(raw.id) ?? stringOf(raw.migrationId) ?? '';
  const tenantId = id.startsWith(TENANT) ? id.slice(TENANT.length) : stringOf(raw.tenantId);
  const migrationId = [stringOf(raw.migrationId), stringOf(raw.id)?.split('#')[0]].find((one) =>
    one?.startsWith('mig-'),
  );
  return {
    table,
    key,
    field,
    tenantId: tenantId as TenantId | undefined,
    migrationId: migrationId as MigrationId | undefined,
  };
};

const readRegistry = (raw: Raw, table: string): ControlRecord => {
  const place = { table, key: String(raw.id) };
  if (place.key.startsWith(TENANT)) return { kind: 'tenant', tenant: parseRecord(TenantRecord, place, raw) };
  if (place.key.startsWith(TABLE)) return { kind: 'table', table: parseRecord(TableRecord, place, raw) };
  if (place.key.startsWith(REMOVED)) parseRecord(RemovedRecord, place, raw);
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
  [UNDO_PART, UndoRecord],
  [APPLIER, ClaimRecord],
  [PACE, PaceRecord],
  ['PLAN', Text],
  ['REPORT', Text],
  ['FOREIGN', Text],
  ['SENTINELS', Text],
  ['EXPIRING#', Text],
  ['DELETABLE#', Text],
  ['UNFINISHED#', Text],
  ['INDEX', Text],
  ['ADMITTED', AdmissionRecord],
  ['STATE', SweepState],
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

/** Returns the schema of a record of the journal table: it holds entries, touched keys and first changes. */
const journalSchemaOf = (parts: readonly string[]): z.ZodType => {
  if (parts.includes(TOUCHED)) return TouchedKeyRecord;
  return parts.includes(FIRST) ? FirstChangeRecord : JournalEntryRecord;
};

const readJournalEntry = (raw: Raw, table: string): ControlRecord => {
  const key = String(raw.id);
  const [migrationId = '', ...parts] = key.split('#');
  parseRecord(journalSchemaOf(parts), { table, key }, raw);
  return { kind: 'journalEntry', migrationId: migrationId as MigrationId };
};

const READERS: Readonly<Record<keyof Tables, (raw: Raw, table: string) => ControlRecord>> = {
  registry: readRegistry,
  routes: readRoute,
  migrations: readMigration,
  journal: readJournalEntry,
};
