import { isDeepStrictEqual } from 'node:util';
import { counted } from '../counted.ts';
import { fallbackIfDamaged } from '../fallback-if-damaged.ts';
import { isClosed, statusWords } from '../life-cycle.ts';
import type { Migration } from '../migration.ts';
import type { MigrationId, TenantId } from '../names.ts';
import type { Ports } from '../ports.ts';
import { checkCounts, checkTable } from './check-tables.ts';
import { checkTenant, STOPPED } from './check-tenant.ts';
import type { Damage } from './control-records.ts';
import type { Diagnosis, DoctorFinding, Severity } from './finding.ts';
import { Survey } from './survey.ts';
import { holdsItems, readTenantCase, type TenantRecords } from './tenant-case.ts';

export interface DiagnoseOptions {
  /** True to search every shared table for items of tenants that live elsewhere, with one read per tenant and table. */
  readonly deep?: boolean;
  /** Time between two readings of the same records, in ms, so that a change under way is not reported. */
  readonly pauseMs?: number;
  /** Called with the progress of a long reading: the kind of work, and the number done so far. */
  readonly onProgress?: (what: 'records' | 'tenants', done: number) => void;
}

const PAUSE_MS = 2_000;
/** Maximum number of readings of one tenant's records, until two in succession are equal. */
const READINGS = 5;
/** Time within which the dispatcher releases the admission slot of an ended migration, in ms. */
const DISPATCHED_MS = 5 * 60_000;
const ORDER: readonly Severity[] = ['stop', 'wrong', 'leftOver'];

/**
 * Reads all control records and returns the inconsistencies. Migrations continue during the reading, so each suspect record
 * is read again by key before it is reported.
 */
export const diagnose = async (ports: Ports, options: DiagnoseOptions = {}): Promise<Diagnosis> => {
  const { onProgress = () => undefined } = options;
  const survey = await Survey.read(ports.control, (done) => onProgress('records', done));
  const admission = await fallbackIfDamaged(ports.admissions.current(), { version: 0, admitted: [] });
  const admitted = new Set(admission.admitted.map(({ migrationId }) => migrationId));
  const { cutoverLeaseMs, leaseMs } = ports.settings;
  const short = Math.min(cutoverLeaseMs, leaseMs - 1);
  const findings: DoctorFinding[] = survey.damages.map(damaged);
  for (const [done, tenantId] of survey.suspects(short).entries()) {
    findings.push(...(await tenantFindings(ports, survey.idsOf(tenantId), tenantId, admitted, options)));
    onProgress('tenants', done + 1);
  }
  findings.push(...(await dryRunFindings(ports, survey.openDryRuns)));
  findings.push(...(await journalFindings(ports, survey)));
  findings.push(...(await admissionFindings(ports, admission.admitted)));
  findings.push(...(await tableFindings(ports, survey, options)));
  if (options.deep) findings.push(...(await itemFindings(ports, survey, onProgress)));
  return {
    findings: findings.toSorted(byUrgency),
    records: survey.records,
    tenants: survey.sketches.size,
    at: ports.clock.now(),
  };
};

/** Returns the inconsistencies in one tenant's records, the most urgent first. */
export const diagnoseTenant = async (
  ports: Ports,
  tenantId: TenantId,
  options: DiagnoseOptions = {},
): Promise<readonly DoctorFinding[]> => {
  const ids: MigrationId[] = [];
  for await (const { migrationId } of ports.migrations.list({ tenantId })) ids.push(migrationId);
  const { admitted } = await ports.admissions.current();
  const all = new Set(admitted.map(({ migrationId }) => migrationId));
  const findings = await tenantFindings(ports, ids, tenantId, all, options);
  return findings.toSorted(byUrgency);
};

/** Orders by severity, with retries last: a migration that continues needs correct records. */
const byUrgency = (a: DoctorFinding, b: DoctorFinding): number => urgencyOf(a) - urgencyOf(b);
const urgencyOf = ({ severity, next }: DoctorFinding): number =>
  next.action === 'retry' ? ORDER.length : ORDER.indexOf(severity);

const damaged = ({ table, key, field, tenantId, migrationId }: Damage): DoctorFinding => ({
  id: `damaged/${key}`,
  severity: 'wrong',
  table,
  tenantId,
  migrationId,
  what: `Record ${key} of table ${table} cannot be read: field '${field}' is missing or invalid.`,
  next: { action: 'by-hand', todo: 'Repair the record as in docs/operations/damaged-records.md.' },
});

/** Returns the findings of a reading that equals the one before it, with a pause in between. */
const tenantFindings = async (
  ports: Ports,
  ids: readonly MigrationId[],
  tenantId: TenantId,
  admitted: ReadonlySet<MigrationId>,
  { pauseMs = PAUSE_MS }: DiagnoseOptions,
): Promise<readonly DoctorFinding[]> => {
  const read = () => readTenantCase(ports, tenantId, ids, admitted);
  const check = (found: TenantRecords) => checkTenant(found, ports.settings, ports.clock.now());
  let before = await read();
  if (check(before).length === 0) return [];
  for (let readings = 1; readings < READINGS; readings += 1) {
    await ports.clock.sleep(pauseMs);
    const now = await read();
    if (isDeepStrictEqual(before, now)) return check(now);
    before = now;
  }
  return check(before).filter(({ severity }) => severity === 'stop');
};

const dryRunFindings = async (ports: Ports, dryRuns: readonly Migration[]): Promise<DoctorFinding[]> => {
  const found: DoctorFinding[] = [];
  for (const { migrationId } of dryRuns) {
    const migration = await fallbackIfDamaged(ports.migrations.get(migrationId), undefined);
    if (!migration || isClosed(migration.status)) continue;
    if (await ports.workflow.isRunning(migrationId, migration.attempt)) continue;
    found.push({
      id: `${STOPPED}/${migrationId}`,
      severity: 'leftOver',
      tenantId: migration.tenantId,
      migrationId,
      what: `The dry run ${migrationId} is ${statusWords(migration.status)}, but has no running execution.`,
      next: { action: 'retry', migrationId },
    });
  }
  return found;
};

/** True if a migration has ended or has no record; false if its record cannot be read. */
const hasEnded = async (ports: Ports, migrationId: MigrationId): Promise<boolean> => {
  const found = await fallbackIfDamaged(ports.migrations.get(migrationId), 'damaged' as const);
  return found === undefined || (found !== 'damaged' && isClosed(found.status));
};

const journalFindings = async (ports: Ports, { journalled }: Survey): Promise<DoctorFinding[]> => {
  const found: DoctorFinding[] = [];
  for (const [migrationId, entries] of journalled) {
    if (!(await hasEnded(ports, migrationId))) continue;
    found.push({
      id: `journal-left/${migrationId}`,
      severity: 'leftOver',
      migrationId,
      what: `The journal has ${counted(entries, 'entry', 'entries')} of ${migrationId}, which has ended or has no record.`,
      next: { action: 'mend', mend: { kind: 'clearJournal', migrationId } },
    });
  }
  return found;
};

const admissionFindings = async (
  ports: Ports,
  admitted: readonly { readonly migrationId: MigrationId; readonly at: number }[],
): Promise<DoctorFinding[]> => {
  const found: DoctorFinding[] = [];
  for (const { migrationId, at } of admitted) {
    const migration = await fallbackIfDamaged(ports.migrations.get(migrationId), 'damaged' as const);
    if (migration === 'damaged' || (migration && !isClosed(migration.status))) continue;
    if (ports.clock.now() - Math.max(at, migration?.updatedAt ?? 0) < DISPATCHED_MS) continue;
    found.push({
      id: `admission-left/${migrationId}`,
      severity: 'leftOver',
      migrationId,
      what: `${migrationId} holds an admission slot, but has ended or has no record: the dispatcher has not run for minutes.`,
      next: { action: 'mend', mend: { kind: 'releaseAdmission', migrationId } },
    });
  }
  return found;
};

/** Returns wrong counts that two readings of all records agree on, and tables in a wrong state. */
const tableFindings = async (
  ports: Ports,
  survey: Survey,
  { pauseMs = PAUSE_MS }: DiagnoseOptions,
): Promise<DoctorFinding[]> => {
  const countsOf = ({ tables, occupancy }: Survey) =>
    tables.flatMap((table) => checkCounts(table, occupancy, ports.settings) ?? []);
  let wrong = countsOf(survey);
  if (wrong.length > 0) {
    await ports.clock.sleep(pauseMs);
    const again = countsOf(await Survey.read(ports.control, () => undefined));
    wrong = wrong.filter((one) => again.some((other) => isDeepStrictEqual(one, other)));
  }
  const states: DoctorFinding[] = [];
  for (const table of survey.tables) {
    const found = checkTable(table, await ports.tables.describe(table.table), survey.busy);
    if (found) states.push(found);
  }
  return [...states, ...wrong];
};

/** Returns tenants with items in a shared table that is not theirs, while they have no open migration. */
const itemFindings = async (
  ports: Ports,
  { sketches, tables, damages }: Survey,
  onProgress: NonNullable<DiagnoseOptions['onProgress']>,
): Promise<DoctorFinding[]> => {
  const found: DoctorFinding[] = [];
  const unknown = new Set(damages.map(({ tenantId }) => tenantId));
  let done = 0;
  for (const [tenantId, { tenant, open }] of sketches) {
    onProgress('tenants', ++done);
    if (!tenant || open.length > 0 || unknown.has(tenantId)) continue;
    for (const { table, placement, state } of tables) {
      if (placement !== 'shared' || state === 'dropped' || table === tenant.table) continue;
      if (!(await holdsItems(ports, tenantId, table))) continue;
      // a migration of the tenant may have begun meanwhile
      if ((await ports.registry.tenant(tenantId))?.lockedBy !== undefined) continue;
      found.push({
        id: `items-left/${tenantId}/${table}`,
        severity: 'leftOver',
        tenantId,
        table,
        what: `Tenant ${tenantId} lives in table ${tenant.table}, but table ${table} has items of it.`,
        next: {
          action: 'by-hand',
          todo: `Compare the items of ${tenantId} in ${table} with those in ${tenant.table}, then delete them from ${table}. Until then the tenant cannot be moved to that table.`,
        },
      });
    }
  }
  return found;
};
