import { Conflict, InvalidRequest, NotSafe, TenantAlreadyMigrating, TenantNotFound } from '../errors.ts';
import { parseHold } from '../hold.ts';
import { isClosed } from '../life-cycle.ts';
import { TABLE_NAME_CHARACTERS } from '../limits.ts';
import type { Migration, Placement } from '../migration.ts';
import type { EpochMs, MigrationId, TenantId } from '../names.ts';
import type { Ports } from '../ports.ts';
import { takeTurn } from '../queue/take-turn.ts';
import type { Tenant } from '../registry/records.ts';
import type { Route } from '../routing/route.ts';
import { dedicatedTableName, type Settings, type Tier, tierOf } from '../settings.ts';
import { tenantIdSchema } from '../tenant-id.ts';

export interface MigrationRequest {
  readonly tenantId: string;
  /** Absent to stay in its tier, in another table. */
  readonly toTier?: string;
  /** A table of its own, where the tier allows it. */
  readonly dedicated?: boolean;
  /** Plan only. */
  readonly dryRun?: boolean;
  /** How long the source is kept after the flip, in ms; the deployment's setting by default. */
  readonly holdMs?: number;
  /** The cutover waits for an operator's word; changes are applied all the while. */
  readonly holdCutover?: boolean;
  /** Who asks. */
  readonly requestedBy: string;
  readonly reason: string;
  /** The migration that ended without the tenant having moved, which this one does again. */
  readonly retryOf?: MigrationId;
  /** Write units a second that it may use in the target; no limit of its own by default. */
  readonly writeUnitsPerSecond?: number;
  /** Read units a second that it may use in each table; the deployment's setting by default. */
  readonly readUnitsPerSecond?: number;
}

/**
 * Checks a request against registry and catalogue and writes the migration's record; it begins when its turn has come,
 * which may be at once. A dry run waits for nobody. A request that is refused has changed nothing.
 * @returns the migration as it is now. @throws InvalidRequest where it can't be done as asked.
 * @throws NotSafe where it would not be safe now.
 * @throws TenantAlreadyMigrating where another migration of the tenant is open (a dry run may run beside one).
 */
export const requestMigration = async (ports: Ports, request: MigrationRequest): Promise<Migration> => {
  const { tenant, route, tier, placement, latest } = await checkRequest(ports, request);
  const { tenantId } = tenant;
  const now = ports.clock.now();
  const migration: Migration = {
    migrationId: newMigrationId(now, ports.newId()),
    tenantId,
    source: { tier: tenant.tier, placement: tenant.placement, table: tenant.table },
    target: { tier: tier.name, placement },
    status: 'queued',
    attempt: 1,
    dryRun: request.dryRun ?? false,
    paused: false,
    cutoverHeld: request.holdCutover ?? false,
    cutovers: 0,
    requestedBy: request.requestedBy,
    requestedAt: now,
    reason: request.reason,
    ...(isUrgent(ports.settings, tenant) ? { urgent: true } : {}),
    ...(request.retryOf === undefined ? {} : { retryOf: request.retryOf }),
    ...(request.writeUnitsPerSecond === undefined
      ? {}
      : { writeUnitsPerSecond: request.writeUnitsPerSecond }),
    ...(request.readUnitsPerSecond === undefined ? {} : { readUnitsPerSecond: request.readUnitsPerSecond }),
    holdMs: parseHold(request.holdMs ?? ports.settings.holdMs),
    routeEpoch: route.epoch,
    registryChange: 'none',
    locked: false,
    stages: {},
    updatedAt: now,
  };
  if (migration.dryRun) {
    await ports.migrations.create(migration);
    await ports.workflow.start(migration.migrationId, migration.attempt);
    return migration;
  }
  await createAsLatest(ports, migration, latest);
  await takeTurn(ports, migration);
  return migration;
};

/** Records and settings that a request is decided by. */
interface CheckedRequest {
  readonly tenant: Tenant;
  readonly route: Route;
  readonly tier: Tier;
  readonly placement: Placement;
  /** The tenant's latest migration, which has ended; absent if there is none, and for a dry run. */
  readonly latest: MigrationId | undefined;
}

/** Checks a request and changes nothing. @throws what `requestMigration` throws. */
export const checkRequest = async (ports: Ports, request: MigrationRequest): Promise<CheckedRequest> => {
  const tenantId = parseTenantId(request.tenantId);
  const { tenant, route } = await find(ports, tenantId);
  const tier = targetTier(ports, request.toTier ?? tenant.tier);
  const placement =
    request.toTier === undefined ? tenant.placement : targetPlacement(tier, request.dedicated ?? false);
  if (request.toTier !== undefined) checkGoesElsewhere(tenant, tier, placement);
  checkNameFits(ports.settings, tenant, tier, placement);
  await checkSource(ports, tenant);
  const latest = request.dryRun ? undefined : await checkNotMigrating(ports, tenant);
  return { tenant, route, tier, placement, latest };
};

/** Of several requests at once one is made. @throws TenantAlreadyMigrating */
const createAsLatest = async (
  ports: Ports,
  migration: Migration,
  latest: MigrationId | undefined,
): Promise<void> => {
  try {
    await ports.migrations.create(migration, latest);
  } catch (error) {
    if (!(error instanceof Conflict)) throw error;
    const faster = await ports.migrations.latest(migration.tenantId);
    throw alreadyMigrating(migration.tenantId, faster ?? migration.migrationId);
  }
};

/** A tenant that is far over what its tier holds goes before others. */
export const isUrgent = (
  settings: Settings,
  { tier, schoolCount }: Pick<Tenant, 'tier' | 'schoolCount'>,
): boolean => {
  const { maxSchools } = tierOf(settings, tier) ?? {};
  return maxSchools !== undefined && schoolCount >= maxSchools * settings.admission.urgentShare;
};

const parseTenantId = (id: string): TenantId => {
  const parsed = tenantIdSchema.safeParse(id);
  if (!parsed.success)
    throw new InvalidRequest(
      `tenant id '${id}': ${parsed.error.issues.map((issue) => issue.message).join('; ')}`,
    );
  return parsed.data;
};

const find = async (ports: Ports, tenantId: TenantId): Promise<{ tenant: Tenant; route: Route }> => {
  const tenant = await ports.registry.tenant(tenantId);
  if (!tenant) throw new TenantNotFound(`there is no tenant ${tenantId}; see 'tierferry tenant list'`);
  const route = await ports.routes.get(tenantId);
  if (!route) throw new NotSafe(`tenant ${tenantId} has no route; register it again`);
  return { tenant, route };
};

const targetTier = (ports: Ports, name: string): Tier => {
  const tier = tierOf(ports.settings, name);
  if (!tier) {
    throw new InvalidRequest(
      `there is no tier '${name}'; the catalogue has ${ports.settings.tiers.map((known) => known.name).join(', ')}`,
    );
  }
  return tier;
};

const targetPlacement = (tier: Tier, dedicated: boolean): Placement => {
  if (tier.placement === 'dedicated') return 'dedicated';
  if (dedicated && !tier.dedicatedOnRequest)
    throw new InvalidRequest(`tier ${tier.name} has no dedicated tables`);
  return dedicated ? 'dedicated' : 'shared';
};

/** @throws InvalidRequest, NotSafe */
export const checkGoesElsewhere = (tenant: Tenant, tier: Tier, placement: Placement): void => {
  if (tenant.tier === tier.name && tenant.placement === placement) {
    throw new InvalidRequest(
      `tenant ${tenant.tenantId} is in tier ${tier.name} (${placement}) already; --elsewhere moves it to another table of it`,
    );
  }
  if (tier.maxSchools !== undefined && tenant.schoolCount > tier.maxSchools) {
    throw new NotSafe(
      `tenant ${tenant.tenantId} has ${tenant.schoolCount} schools, tier ${tier.name} holds ${tier.maxSchools} at most`,
    );
  }
};

/** @throws InvalidRequest */
export const checkNameFits = (settings: Settings, tenant: Tenant, tier: Tier, placement: Placement): void => {
  const name = dedicatedTableName(settings, tier.name, tenant.tenantId);
  if (placement === 'dedicated' && name.length > TABLE_NAME_CHARACTERS) {
    throw new InvalidRequest(
      `the tenant's table would be named '${name}', over ${TABLE_NAME_CHARACTERS} characters`,
    );
  }
};

const checkSource = async (ports: Ports, tenant: Tenant): Promise<void> => {
  if (!(await ports.tables.describe(tenant.table))) {
    throw new NotSafe(
      `table ${tenant.table}, where the registry has tenant ${tenant.tenantId}, is gone; mend the registry or restore it`,
    );
  }
};

/** @returns the tenant's latest migration, which is over. @throws TenantAlreadyMigrating */
const checkNotMigrating = async (ports: Ports, tenant: Tenant): Promise<MigrationId | undefined> => {
  if (tenant.lockedBy) throw alreadyMigrating(tenant.tenantId, tenant.lockedBy);
  const latest = await ports.migrations.latest(tenant.tenantId);
  const migration = latest && (await ports.migrations.get(latest));
  if (migration && !isClosed(migration.status))
    throw alreadyMigrating(tenant.tenantId, migration.migrationId);
  return latest;
};

const alreadyMigrating = (tenantId: TenantId, id: MigrationId): TenantAlreadyMigrating =>
  new TenantAlreadyMigrating(`tenant ${tenantId} is being migrated by ${id}; see 'tierferry status ${id}'`);

/** Sorts by time, and is short enough for the names of executions made from it. */
const newMigrationId = (now: EpochMs, id: string): MigrationId => {
  const time = new Date(now).toISOString().replaceAll(/[-:T]/g, '').slice(0, 14);
  return `mig-${time}-${id.slice(0, 8)}` as MigrationId;
};
