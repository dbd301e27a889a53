import { isOverdue } from '../cutover/overdue-fences.ts';
import { isClosed, statusWords } from '../life-cycle.ts';
import type { Migration, TenantLocation } from '../migration.ts';
import type { EpochMs, MigrationId, RoutingEpoch, TableName } from '../names.ts';
import type { Tenant } from '../registry/tenant.ts';
import { tenantFieldsOf } from '../registry/tenant-fields.ts';
import type { Capture, Route } from '../route/route.ts';
import type { Settings } from '../settings/settings.ts';
import type { DoctorFinding, Mend, Next, Severity } from './finding.ts';
import { liveTableOf, registeredLocationOf } from './live-table.ts';
import { isRead, type TenantRecords } from './tenant-case.ts';

/** A tenant's records with the settings and facts that every check needs. */
interface Facts extends TenantRecords {
  readonly settings: Settings;
  readonly now: EpochMs;
  /** The open migration; undefined if there is none, or its record cannot be read. */
  readonly open: Migration | undefined;
  /** The latest migration; undefined if there is none, or its record cannot be read. */
  readonly last: Migration | undefined;
}

const CAPTURE_MISSING = 'capture-missing';
const LIVE_TABLE_GONE = 'live-table-gone';
export const STOPPED = 'stopped';

/** Added to the epoch of a route that is replaced, so that the new epoch exceeds all that the route ever had. */
export const EPOCH_JUMP = 1_000_000;

/** Returns the inconsistencies in one tenant's records. Reads and writes nothing. */
export const checkTenant = (
  found: TenantRecords,
  settings: Settings,
  now: EpochMs,
): readonly DoctorFinding[] => {
  const all = [...found.migrations.values()].filter(isRead);
  const [open, ...others] = all
    .filter(({ status }) => !isClosed(status))
    .sort((a, b) => Number(b.locked) - Number(a.locked) || (a.migrationId < b.migrationId ? 1 : -1));
  const latest = isRead(found.latest) ? found.migrations.get(found.latest) : undefined;
  const last = latest !== undefined && isRead(latest) ? latest : undefined;
  const facts: Facts = { ...found, settings, now, open, last };
  const place = placeFindings(facts);
  // while route, registry and migration disagree on where the tenant lives, no other step is safe
  if (place.length > 0) return place;
  const second = others[0];
  if (second) return [twoOpen(facts, second)];
  const rest = CHECKS.flatMap((check) => check(facts) ?? []);
  // a retry would fail for the same reason, so it is not proposed
  const isInVain = rest.some(({ id }) =>
    [CAPTURE_MISSING, LIVE_TABLE_GONE].some((code) => id.startsWith(code)),
  );
  return rest.filter(({ id }) => !(isInVain && id.startsWith(STOPPED)));
};

const finding = (
  { tenantId, open }: Pick<Facts, 'tenantId' | 'open'>,
  code: string,
  what: string,
  next: Next,
  severity: Severity = 'wrong',
): DoctorFinding => ({
  id: `${code}/${tenantId}`,
  severity,
  tenantId,
  migrationId: open?.migrationId,
  what,
  next,
});

const mended = (mend: Mend): Next => ({ action: 'mend', mend });
const byHand = (todo: string): Next => ({ action: 'by-hand', todo });

type Check = (facts: Facts) => DoctorFinding | undefined;

/** Reports two open migrations of one tenant. Only the one with the tenant lock can continue. */
const twoOpen = (facts: Facts, second: Migration): DoctorFinding =>
  finding(
    facts,
    'two-open',
    `Tenant ${facts.tenantId} has two open migrations, ${second.migrationId} and ${facts.open?.migrationId}.`,
    { action: second.cancellation ? 'retry' : 'cancel', migrationId: second.migrationId },
  );

/** Reports that route, registry record and migration of the tenant disagree on its table. */
const placeFindings = (facts: Facts): readonly DoctorFinding[] => {
  const found =
    missingRecord(facts) ??
    endedSince(facts) ??
    behindRoute(facts) ??
    tablesDiffer(facts) ??
    registryBehind(facts);
  return found ? [found] : [];
};

const missingRecord: Check = (facts) => {
  const { tenantId, tenant, route } = facts;
  if (tenant === 'missing' && isRead(route)) return tenantMissing(facts, route);
  if (route !== 'missing' || !isRead(tenant)) return undefined;
  if (tenant.removal)
    return finding(
      facts,
      'removal-unfinished',
      `The removal of tenant ${tenantId} has begun and has not ended: the application cannot reach it.`,
      { action: 'remove-tenant', tenantId },
    );
  return finding(
    facts,
    'route-missing',
    `Tenant ${tenantId} is registered in table ${tenant.table}, but has no route: the application cannot reach it.`,
    mended({ kind: 'addRoute', route: routeFrom(facts, tenant) }),
  );
};

/** Rebuilds a tenant's route. A tenant without a route takes no writes, so the journal lacks no change. */
const routeFrom = ({ tenantId, settings, open, migrations }: Facts, tenant: Tenant): Route => {
  const epochs = [...migrations.values()].filter(isRead).map(({ routeEpoch }) => routeEpoch);
  return {
    tenantId,
    table: (open && liveTableOf(open)) ?? tenant.table,
    epoch: (Math.max(0, ...epochs) + EPOCH_JUMP) as RoutingEpoch,
    writes: 'open',
    leaseMs: settings.leaseMs,
    capture: open?.target.table === undefined ? undefined : captureOf(open, open.target.table),
  };
};

const captureOf = ({ migrationId, source, reverseFlippedAt }: Migration, target: TableName): Capture => ({
  migrationId,
  tables: { source: source.table, target },
  isReversed: reverseFlippedAt === undefined ? undefined : true,
});

const tenantMissing = (facts: Facts, route: Route): DoctorFinding => {
  const { tenantId, table, settings, now, open } = facts;
  const what = `Tenant ${tenantId} has a route to table ${route.table}, but no record in the registry.`;
  if (!isRead(table))
    return finding(
      facts,
      'tenant-missing',
      what,
      byHand(`Restore the registry's records TENANT#${tenantId} and TABLE#${route.table} from a backup.`),
    );
  const location = open ? registeredLocationOf(open) : undefined;
  const { tier, placement } = table;
  const created: Tenant = {
    tenantId,
    name: tenantId,
    ...tenantFieldsOf(settings, location ?? { tier, placement, table: route.table }),
    schoolCount: 0,
    schoolCountedAt: 0 as EpochMs,
    createdAt: now,
    createdBy: 'doctor',
    updatedAt: now,
    updatedBy: 'doctor',
    ...expectedLockOf(facts),
  };
  return finding(facts, 'tenant-missing', what, mended({ kind: 'addTenant', tenant: created }));
};

/** Returns the lock and the pending change that the open migration must have, by its own record. */
const expectedLockOf = ({ settings, open }: Facts): Pick<Tenant, 'lockedBy' | 'pending'> => {
  const table = open?.target.table;
  return {
    lockedBy: open?.locked ? open.migrationId : undefined,
    pending:
      open?.registryChange === 'pending' && table !== undefined
        ? tenantFieldsOf(settings, { ...open.target, table })
        : undefined,
  };
};

/** Statuses that a migration reaches only after capture was armed on the source. */
const CAPTURED: ReadonlySet<string> = new Set(['copying', 'catchingUp', 'cuttingOver', 'rollingBack']);

/**
 * Reports a migration whose record says that it is open and holds the lock, while the registry has no such lock and the route
 * no capture. Two of three control tables agree, so the migration has ended, and its record is older.
 */
const endedSince: Check = (facts) => {
  const { route, tenant, open, tenantId } = facts;
  if (!isRead(route) || !isRead(tenant) || !open?.locked) return undefined;
  const { migrationId, status, source, target } = open;
  if (tenant.lockedBy === migrationId || route.capture || route.fence || route.table !== tenant.table)
    return undefined;
  const isMoved = route.table === target.table;
  if (!isMoved && (route.table !== source.table || !CAPTURED.has(status))) return undefined;
  return finding(
    facts,
    'migration-behind',
    `The record of ${migrationId} says ${statusWords(status)}, but the route and the registry record of tenant ${tenantId} agree on table ${route.table} and do not mention it: the migration has ended, and its record is outdated.`,
    mended({ kind: isMoved ? 'complete' : 'endRolledBack', migration: open, table: route.table }),
  );
};

/** Reports that the open migration's record and the route disagree on which side is live. */
const behindRoute: Check = (facts) => {
  const { route, tenant, open, tenantId } = facts;
  if (!isRead(route) || !isRead(tenant) || !open) return undefined;
  const live = liveTableOf(open);
  const { migrationId, status, source, target } = open;
  if (live === undefined || live === route.table) return undefined;
  if (live === target.table && route.table === source.table)
    return finding(
      facts,
      'route-behind',
      `STOP the writes of tenant ${tenantId}: its route points to ${route.table}, but ${migrationId} is ${statusWords(status)}, so its live table is ${live}. Writes since the routes table was restored went to the wrong table.`,
      mended({ kind: 'moveRoute', route, to: live, capture: captureOf(open, live), migration: open }),
      'stop',
    );
  const what = `The record of ${migrationId} says ${statusWords(status)}, but the route of tenant ${tenantId} points to ${route.table}: the record dates from before the flip.`;
  const wasLocked = tenant.lockedBy === migrationId;
  if (tenant.table === route.table && tenant.lockedBy !== migrationId && route.capture === undefined)
    return finding(
      facts,
      'migration-behind',
      what,
      mended({ kind: 'complete', migration: open, table: route.table }),
    );
  if (wasLocked && (target.table ?? route.table) === route.table)
    return finding(
      facts,
      'migration-behind',
      what,
      mended({
        kind: 'hold',
        migration: open,
        table: route.table,
        registryChange: tenant.table === route.table ? 'confirmed' : 'pending',
      }),
    );
  return finding(
    facts,
    'migration-behind',
    what,
    byHand(
      `Keep both tables. Restore the record of ${migrationId} from a later backup of the migrations table.`,
    ),
  );
};

/** Reports that route and registry name different tables while no migration is open. */
const tablesDiffer: Check = (facts) => {
  const { route, tenant, open, last, tenantId, holding } = facts;
  if (!isRead(route) || !isRead(tenant) || open || route.table === tenant.table) return undefined;
  const ended = last && (last.status === 'completed' ? last.target.table : last.source.table);
  const names = `the route of tenant ${tenantId} points to ${route.table}, but the registry names ${tenant.table}`;
  const onlyRegistry = holding.has(tenant.table) && !holding.has(route.table);
  const saysRegistry = ended === tenant.table || (ended !== route.table && onlyRegistry);
  if (!saysRegistry && !(holding.has(route.table) && holding.has(tenant.table) && ended !== route.table))
    return finding(
      facts,
      'registry-behind',
      `The registry is older than the routes table: ${names}${ended === route.table ? `. The latest migration, ${last?.migrationId}, agrees with the route` : ''}.`,
      setTenantTable(facts, tenant, route.table),
    );
  if (!holding.has(route.table))
    return finding(
      facts,
      'route-behind',
      `STOP the writes of tenant ${tenantId}: ${names}, which has its items; ${route.table} has none.`,
      mended({ kind: 'moveRoute', route, to: tenant.table }),
      'stop',
    );
  const right = saysRegistry ? tenant.table : 'the one that your application wrote to last';
  return finding(
    facts,
    'route-behind',
    `STOP the writes of tenant ${tenantId}: ${names}, and both tables have items of the tenant. The right table is ${right}.`,
    byHand(
      `Copy the items that are newer in ${route.table} to ${tenant.table}, delete the tenant's items from ${route.table}, and run the doctor again.`,
    ),
    'stop',
  );
};

const setTenantTable = (
  { last, table, settings, tenantId, now }: Facts,
  from: Tenant,
  live: TableName,
): Next => {
  const location: TenantLocation | undefined =
    last?.target.table === live && last.status === 'completed'
      ? { ...last.target, table: live }
      : isRead(table)
        ? { tier: table.tier, placement: table.placement, table: live }
        : undefined;
  if (!location)
    return byHand(`Restore the registry's records TABLE#${live} and TENANT#${tenantId} from a backup.`);
  const { maxSchools: _, lockedBy: __, pending: ___, ...rest } = from;
  const to: Tenant = { ...rest, ...tenantFieldsOf(settings, location), updatedAt: now, updatedBy: 'doctor' };
  return mended({ kind: 'setTenant', from, to });
};

/** Reports that the registry lacks the lock or the changes that the open migration has made there. */
const registryBehind: Check = (facts) => {
  const { route, tenant, open, tenantId, settings, now } = facts;
  if (!isRead(route) || !isRead(tenant) || !open) return undefined;
  const location = registeredLocationOf(open);
  const held = expectedLockOf(facts);
  const isHere = location === undefined || location.table === tenant.table;
  const hasLock = held.lockedBy === undefined || tenant.lockedBy === held.lockedBy;
  if (isHere && hasLock && (held.pending === undefined || tenant.pending !== undefined)) return undefined;
  const { maxSchools: _, lockedBy: __, pending: ___, ...rest } = tenant;
  const fields = location ? tenantFieldsOf(settings, location) : {};
  const to: Tenant = {
    ...rest,
    ...fields,
    ...held,
    updatedAt: now,
    updatedBy: 'doctor',
  };
  return finding(
    facts,
    'registry-behind',
    `The registry lacks changes that ${open.migrationId} (${statusWords(open.status)}) made to tenant ${tenantId}: table, lock or pending change differ.`,
    mended({ kind: 'setTenant', from: tenant, to }),
  );
};

/** True if the migration has ended or has no record. Damaged records are reported separately. */
const hasEnded = ({ migrations }: Facts, id: MigrationId): boolean => {
  const found = migrations.get(id);
  return found === undefined || found === 'missing' || (isRead(found) && isClosed(found.status));
};
const overWord = ({ migrations }: Facts, id: MigrationId): string => {
  const found = migrations.get(id);
  return found !== undefined && isRead(found)
    ? `which is ${statusWords(found.status)}`
    : 'which has no record';
};

const fenceLeft: Check = (facts) => {
  const { route, now, tenantId } = facts;
  if (!isRead(route) || !route.fence) return undefined;
  const { migrationId } = route.fence;
  const overdue = isOverdue(route, now);
  if (!overdue && !hasEnded(facts, migrationId)) return undefined;
  return finding(
    facts,
    overdue ? 'fence-overdue' : 'fence-left',
    overdue
      ? `The writes of tenant ${tenantId} are still fenced by ${migrationId} after the fence's deadline.`
      : `The writes of tenant ${tenantId} are fenced by ${migrationId}, ${overWord(facts, migrationId)}.`,
    mended({ kind: 'reopen', route }),
  );
};

const lockLeft: Check = (facts) => {
  const { tenant, tenantId, now } = facts;
  if (!isRead(tenant) || tenant.lockedBy === undefined || !hasEnded(facts, tenant.lockedBy)) return undefined;
  return finding(
    facts,
    'lock-left',
    `Tenant ${tenantId} is locked by ${tenant.lockedBy}, ${overWord(facts, tenant.lockedBy)}.`,
    released(tenant, now),
  );
};

const released = (from: Tenant, now: EpochMs): Next => {
  const { lockedBy: _, pending: __, ...rest } = from;
  return mended({ kind: 'setTenant', from, to: { ...rest, updatedAt: now, updatedBy: 'doctor' } });
};

const pendingLeft: Check = ({ open, ...facts }) => {
  const { tenant, tenantId, now } = facts;
  if (!isRead(tenant) || !tenant.pending || tenant.lockedBy !== undefined || open) return undefined;
  return finding(
    { ...facts, open },
    'pending-left',
    `The registry has a pending move of tenant ${tenantId} to table ${tenant.pending.table}, but no migration is open.`,
    released(tenant, now),
  );
};

const captureLeft: Check = (facts) => {
  const { route, tenantId } = facts;
  if (!isRead(route) || !route.capture || !hasEnded(facts, route.capture.migrationId)) return undefined;
  const { migrationId } = route.capture;
  return finding(
    facts,
    'capture-left',
    `Changes of tenant ${tenantId} are captured for ${migrationId}, ${overWord(facts, migrationId)}.`,
    mended({ kind: 'endCapture', route, migrationId }),
    'leftOver',
  );
};

const captureMissing: Check = (facts) => {
  const { route, open, tenantId } = facts;
  if (!isRead(route) || !open || route.capture || !CAPTURED.has(open.status)) return undefined;
  const { migrationId, status, cancellation } = open;
  if (status === 'rollingBack') return undefined;
  return finding(
    facts,
    CAPTURE_MISSING,
    `${migrationId} is ${statusWords(status)}, but the route of tenant ${tenantId} does not capture changes for it: its journal lacks changes.`,
    cancellation ? { action: 'retry', migrationId } : { action: 'cancel', migrationId },
  );
};

/** Reports that an open migration's live table does not exist. If no migration is open, `checkTable` reports it. */
const liveTableGone: Check = (facts) => {
  const { route, open, tenantId, isLiveTableGone } = facts;
  if (!isRead(route) || !open || !isLiveTableGone) return undefined;
  const { migrationId, status, source, flippedAt } = open;
  const isMoved = route.table !== source.table && flippedAt !== undefined;
  const kept = isMoved ? ` ${source.table} still has the tenant's items as of the flip.` : '';
  return finding(
    facts,
    LIVE_TABLE_GONE,
    `Tenant ${tenantId} lives in table ${route.table}, which does not exist in DynamoDB; ${migrationId} is ${statusWords(status)}.${kept}`,
    byHand(
      `Restore ${route.table} under the same name from point-in-time recovery or its last backup, with the catalogue's settings for stream, TTL and recovery. Then retry ${migrationId}${isMoved ? '' : ', or cancel it'}.`,
    ),
    'stop',
  );
};

const leaseShort: Check = (facts) => {
  const { route, settings, open, tenantId } = facts;
  const { leaseMs, cutoverLeaseMs } = settings;
  if (!isRead(route) || open || route.fence) return undefined;
  if (route.leaseMs >= leaseMs || route.leaseMs > cutoverLeaseMs) return undefined;
  return finding(
    facts,
    'lease-short',
    `The route of tenant ${tenantId} has the short lease of a cutover, but no migration is open.`,
    mended({ kind: 'lengthenLease', route }),
    'leftOver',
  );
};

const latestLeft: Check = (facts) => {
  const { tenantId, latest, open, migrations } = facts;
  if (latest === 'damaged') return undefined;
  const from = latest === 'missing' ? {} : { from: latest };
  if (open && latest !== open.migrationId && (latest === 'missing' || latest < open.migrationId))
    return finding(
      facts,
      'latest-behind',
      `The latest migration of tenant ${tenantId} is recorded as ${latest === 'missing' ? 'none' : latest}, but ${open.migrationId} is open.`,
      mended({ kind: 'setLatest', tenantId, ...from, to: open.migrationId }),
    );
  if (latest === 'missing' || migrations.get(latest) !== 'missing') return undefined;
  const known = [...migrations].filter(([, one]) => isRead(one)).map(([id]) => id);
  const newest = known.sort().at(-1);
  return finding(
    facts,
    'latest-missing',
    `The latest migration of tenant ${tenantId} is recorded as ${latest}, which has no record.`,
    mended({ kind: 'setLatest', tenantId, ...from, to: newest }),
    'leftOver',
  );
};

const stopped: Check = (facts) => {
  const { open, running, admitted, tenantId } = facts;
  if (!open || running.has(open.migrationId)) return undefined;
  const { migrationId, status, failure } = open;
  // the dispatcher starts queued migrations
  if (status === 'queued' && !open.cancellation && !admitted.has(migrationId)) return undefined;
  const reason = failure ? ` since it failed with ${failure.error}; the report has the details` : '';
  return finding(
    facts,
    STOPPED,
    `${migrationId} of tenant ${tenantId} is ${statusWords(status)}, but has no running execution${reason}.`,
    { action: 'retry', migrationId },
  );
};

const notRegistered: Check = (facts) => {
  const { table, tenant, tenantId, route } = facts;
  if (table !== 'missing' || !isRead(tenant) || !isRead(route)) return undefined;
  const { tier, placement } = tenant;
  return finding(
    facts,
    'table-not-registered',
    `Tenant ${tenantId} lives in table ${route.table}, but the registry has no record of that table.`,
    placement === 'shared'
      ? { action: 'add-table', tier, table: route.table }
      : byHand(`Restore the registry's record TABLE#${route.table} from a backup.`),
  );
};

const CHECKS: readonly Check[] = [
  fenceLeft,
  lockLeft,
  pendingLeft,
  captureLeft,
  captureMissing,
  liveTableGone,
  leaseShort,
  latestLeft,
  notRegistered,
  stopped,
];
