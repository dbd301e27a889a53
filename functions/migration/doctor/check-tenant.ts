import { isClosed } from '../life-cycle.ts';
import type { Home, Migration } from '../migration.ts';
import type { EpochMs, MigrationId, RoutingEpoch, TableName } from '../names.ts';
import { homeIn } from '../registry/home-in.ts';
import type { Tenant } from '../registry/records.ts';
import { isOverdue } from '../routing/overdue-fences.ts';
import type { Capture, Route } from '../routing/route.ts';
import { type Settings, tierOf } from '../settings.ts';
import type { Finding, Mend, Next, Severity } from './finding.ts';
import { isRead, type TenantCase } from './tenant-case.ts';
import { liveTableOf, registeredHomeOf } from './where-it-lives.ts';

/** A tenant's case with what every check needs. */
interface Facts extends TenantCase {
  readonly settings: Settings;
  readonly now: EpochMs;
  /** The open migration, if there is one that can be read. */
  readonly open: Migration | undefined;
  /** The latest migration, if it can be read. */
  readonly last: Migration | undefined;
}

const CAPTURE_MISSING = 'capture-missing';
const LIVE_TABLE_GONE = 'live-table-gone';
export const STOPPED = 'stopped';

/** Added to the epoch of a route that is replaced: higher than any that the route had. */
export const EPOCH_JUMP = 1_000_000;

/** Finds what is inconsistent in one tenant's records. Pure. */
export const checkTenant = (found: TenantCase, settings: Settings, now: EpochMs): readonly Finding[] => {
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
  // a retry would only meet the same again
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
): Finding => ({
  id: `${code}/${tenantId}`,
  severity,
  tenantId,
  ...(open ? { migrationId: open.migrationId } : {}),
  what,
  next,
});

const mended = (mend: Mend): Next => ({ action: 'mend', mend });
const byHand = (todo: string): Next => ({ action: 'byHand', todo });

type Check = (facts: Facts) => Finding | undefined;

/** Only the one that holds the lock can go on. */
const twoOpen = (facts: Facts, second: Migration): Finding =>
  finding(
    facts,
    'two-open',
    `${second.migrationId} and ${facts.open?.migrationId} of tenant ${facts.tenantId} are both open.`,
    { action: second.cancellation ? 'retry' : 'cancel', migrationId: second.migrationId },
  );

/** Where the tenant lives: its route, its registry record and its migration must agree. */
const placeFindings = (facts: Facts): readonly Finding[] => {
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
  return finding(
    facts,
    'route-missing',
    `Tenant ${tenantId} is registered in ${tenant.table} and has no route: the application cannot reach it.`,
    mended({ kind: 'addRoute', route: routeFrom(facts, tenant) }),
  );
};

/** A tenant without a route takes no writes, so nothing has changed that the journal would lack. */
const routeFrom = ({ tenantId, settings, open, migrations }: Facts, tenant: Tenant): Route => {
  const epochs = [...migrations.values()].filter(isRead).map(({ routeEpoch }) => routeEpoch);
  return {
    tenantId,
    table: (open && liveTableOf(open)) ?? tenant.table,
    epoch: (Math.max(0, ...epochs) + EPOCH_JUMP) as RoutingEpoch,
    writes: 'open',
    leaseMs: settings.leaseMs,
    ...(open?.target.table === undefined ? {} : { capture: captureOf(open, open.target.table) }),
  };
};

const captureOf = ({ migrationId, source, flippedBackAt }: Migration, target: TableName): Capture => ({
  migrationId,
  tables: { source: source.table, target },
  ...(flippedBackAt === undefined ? {} : { isReversed: true }),
});

const tenantMissing = (facts: Facts, route: Route): Finding => {
  const { tenantId, table, settings, now, open } = facts;
  const what = `Tenant ${tenantId} has a route to ${route.table} and no record in the registry.`;
  if (!isRead(table))
    return finding(
      facts,
      'tenant-missing',
      what,
      byHand(`Restore TENANT#${tenantId} and TABLE#${route.table} of the registry from a copy.`),
    );
  const home = open ? registeredHomeOf(open) : undefined;
  const { tier, placement } = table;
  const maxSchools = tierOf(settings, tier)?.maxSchools;
  const created: Tenant = {
    tenantId,
    name: tenantId,
    ...(home ? homeIn(settings, home) : homeIn(settings, { tier, placement, table: route.table })),
    ...(maxSchools === undefined || home ? {} : { maxSchools }),
    schoolCount: 0,
    schoolCountedAt: 0 as EpochMs,
    createdAt: now,
    createdBy: 'doctor',
    updatedAt: now,
    updatedBy: 'doctor',
    ...heldBy(facts),
  };
  return finding(facts, 'tenant-missing', what, mended({ kind: 'addTenant', tenant: created }));
};

/** The lock and the pending change that the open migration has by its own record. */
const heldBy = ({ settings, open }: Facts): Pick<Tenant, 'lockedBy' | 'pending'> => {
  const table = open?.target.table;
  return {
    ...(open?.locked ? { lockedBy: open.migrationId } : {}),
    ...(open?.registryChange === 'pending' && table !== undefined
      ? { pending: homeIn(settings, { ...open.target, table }) }
      : {}),
  };
};

/** Statuses in which the source's capture has long been armed. */
const CAPTURED: ReadonlySet<string> = new Set(['copying', 'catchingUp', 'cuttingOver', 'rollingBack']);

/**
 * The record says that the migration is open and holds the lock, while the registry has no lock of it and the route no
 * capture: two tables against one, so it has ended, and its record is older.
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
    `The record of ${migrationId} says ${status}, but the route and the registry of tenant ${tenantId} agree on ${route.table} without a trace of it: it has ended since.`,
    mended({ kind: isMoved ? 'complete' : 'endRolledBack', migration: open, table: route.table }),
  );
};

/** The open migration's record and the route differ on which side is live. */
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
      `STOP the writes of tenant ${tenantId}: its route points to ${route.table}, but ${migrationId} is ${status} and the right table is ${live}; writes since the routes table was restored have gone to the wrong table.`,
      mended({ kind: 'moveRoute', route, to: live, capture: captureOf(open, live), migration: open }),
      'stop',
    );
  const what = `The record of ${migrationId} says ${status}, but the route of tenant ${tenantId} points to ${route.table}: the record is older than the flip.`;
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
      `Keep both tables. Restore the record of ${migrationId} from a later copy of the migrations table.`,
    ),
  );
};

/** No migration is open, and route and registry name different tables. */
const tablesDiffer: Check = (facts) => {
  const { route, tenant, open, last, tenantId, holding } = facts;
  if (!isRead(route) || !isRead(tenant) || open || route.table === tenant.table) return undefined;
  const ended = last && (last.status === 'completed' ? last.target.table : last.source.table);
  const names = `the route of tenant ${tenantId} points to ${route.table} and the registry says ${tenant.table}`;
  const onlyRegistry = holding.has(tenant.table) && !holding.has(route.table);
  const saysRegistry = ended === tenant.table || (ended !== route.table && onlyRegistry);
  if (!saysRegistry && !(holding.has(route.table) && holding.has(tenant.table) && ended !== route.table))
    return finding(
      facts,
      'registry-behind',
      `The registry is older than the routes table: ${names}${ended === route.table ? `, as does ${last?.migrationId}` : ''}.`,
      setHome(facts, tenant, route.table),
    );
  if (!holding.has(route.table))
    return finding(
      facts,
      'route-behind',
      `STOP the writes of tenant ${tenantId}: ${names}, where its items are; ${route.table} holds none of them.`,
      mended({ kind: 'moveRoute', route, to: tenant.table }),
      'stop',
    );
  const right = saysRegistry ? tenant.table : 'the one that your application wrote last';
  return finding(
    facts,
    'route-behind',
    `STOP the writes of tenant ${tenantId}: ${names}, and both hold items of it; the right table is ${right}.`,
    byHand(
      `Bring the items of ${route.table} that are newer to ${tenant.table}, delete the tenant's items from ${route.table}, and run the doctor again.`,
    ),
    'stop',
  );
};

const setHome = ({ last, table, settings, tenantId, now }: Facts, from: Tenant, live: TableName): Next => {
  const home: Home | undefined =
    last?.target.table === live && last.status === 'completed'
      ? { ...last.target, table: live }
      : isRead(table)
        ? { tier: table.tier, placement: table.placement, table: live }
        : undefined;
  if (!home) return byHand(`Restore TABLE#${live} and TENANT#${tenantId} of the registry from a copy.`);
  const { maxSchools: _, lockedBy: __, pending: ___, ...rest } = from;
  const to: Tenant = { ...rest, ...homeIn(settings, home), updatedAt: now, updatedBy: 'doctor' };
  return mended({ kind: 'setTenant', from, to });
};

/** The open migration holds a lock or has changed the registry, and the registry does not say so. */
const registryBehind: Check = (facts) => {
  const { route, tenant, open, tenantId, settings, now } = facts;
  if (!isRead(route) || !isRead(tenant) || !open) return undefined;
  const home = registeredHomeOf(open);
  const held = heldBy(facts);
  const isHere = home === undefined || home.table === tenant.table;
  const hasLock = held.lockedBy === undefined || tenant.lockedBy === held.lockedBy;
  if (isHere && hasLock && (held.pending === undefined || tenant.pending !== undefined)) return undefined;
  const { maxSchools: _, lockedBy: __, pending: ___, ...rest } = tenant;
  const to: Tenant = {
    ...rest,
    ...(home ? homeIn(settings, home) : {}),
    ...held,
    updatedAt: now,
    updatedBy: 'doctor',
  };
  return finding(
    facts,
    'registry-behind',
    `The registry has no trace of what ${open.migrationId} (${open.status}) has done to tenant ${tenantId}: table, lock or pending change differ.`,
    mended({ kind: 'setTenant', from: tenant, to }),
  );
};

/** The migration that a record names has ended, or has no record. Damaged ones are told as such. */
const isOver = ({ migrations }: Facts, id: MigrationId): boolean => {
  const found = migrations.get(id);
  return found === undefined || found === 'missing' || (isRead(found) && isClosed(found.status));
};
const overWord = ({ migrations }: Facts, id: MigrationId): string => {
  const found = migrations.get(id);
  return found !== undefined && isRead(found) ? `which is ${found.status}` : 'which has no record';
};

const fenceLeft: Check = (facts) => {
  const { route, now, tenantId } = facts;
  if (!isRead(route) || !route.fence) return undefined;
  const { migrationId } = route.fence;
  const overdue = isOverdue(route, now);
  if (!overdue && !isOver(facts, migrationId)) return undefined;
  return finding(
    facts,
    overdue ? 'fence-overdue' : 'fence-left',
    overdue
      ? `The writes of tenant ${tenantId} are fenced by ${migrationId} past the fence's deadline.`
      : `The writes of tenant ${tenantId} are fenced by ${migrationId}, ${overWord(facts, migrationId)}.`,
    mended({ kind: 'reopen', route }),
  );
};

const lockLeft: Check = (facts) => {
  const { tenant, tenantId, now } = facts;
  if (!isRead(tenant) || tenant.lockedBy === undefined || !isOver(facts, tenant.lockedBy)) return undefined;
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
    `The registry announces a move of tenant ${tenantId} to ${tenant.pending.table}, and no migration is open.`,
    released(tenant, now),
  );
};

const captureLeft: Check = (facts) => {
  const { route, tenantId } = facts;
  if (!isRead(route) || !route.capture || !isOver(facts, route.capture.migrationId)) return undefined;
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
    `${migrationId} is ${status}, and the route of tenant ${tenantId} captures no changes for it: its journal is not whole.`,
    cancellation ? { action: 'retry', migrationId } : { action: 'cancel', migrationId },
  );
};

/** While no migration is open, `checkTable` says so of the table. */
const liveTableGone: Check = (facts) => {
  const { route, open, tenantId, isLiveTableGone } = facts;
  if (!isRead(route) || !open || !isLiveTableGone) return undefined;
  const { migrationId, status, source, flippedAt } = open;
  const isMoved = route.table !== source.table && flippedAt !== undefined;
  const kept = isMoved ? ` ${source.table} still has what the tenant had at the flip.` : '';
  return finding(
    facts,
    LIVE_TABLE_GONE,
    `Tenant ${tenantId} lives in table ${route.table}, and DynamoDB has no such table; ${migrationId} is ${status}.${kept}`,
    byHand(
      `Restore ${route.table} under its name, with the stream, TTL and recovery of the catalogue, from point-in-time recovery or its last backup. Then retry ${migrationId}${isMoved ? '' : ', or cancel it'}.`,
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
    `The route of tenant ${tenantId} has the short lease of a cutover, and no migration is open.`,
    mended({ kind: 'restoreLease', route }),
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
    mended({ kind: 'setLatest', tenantId, ...from, ...(newest === undefined ? {} : { to: newest }) }),
    'leftOver',
  );
};

const stopped: Check = (facts) => {
  const { open, running, admitted, tenantId } = facts;
  if (!open || running.has(open.migrationId)) return undefined;
  const { migrationId, status, failure } = open;
  // the dispatcher starts what is queued
  if (status === 'queued' && !open.cancellation && !admitted.has(migrationId)) return undefined;
  const why = failure ? ` after ${failure.error}; 'tierferry report ${migrationId}' says why` : '';
  return finding(
    facts,
    STOPPED,
    `${migrationId} of tenant ${tenantId} is ${status}, and no execution of it runs${why}.`,
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
    `Tenant ${tenantId} lives in ${route.table}, and the registry has no record of that table.`,
    placement === 'shared'
      ? { action: 'addTable', tier, table: route.table }
      : byHand(`Restore TABLE#${route.table} of the registry from a copy.`),
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
