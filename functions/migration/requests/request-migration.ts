import { Conflict, InvalidRequest, NotSafe, TenantAlreadyMigrating } from '../errors.ts';
import { isClosed } from '../life-cycle.ts';
import { TABLE_NAME_CHARACTERS } from '../limits.ts';
import type { Migration, Placement } from '../migration.ts';
import type { EpochMs, MigrationId, TenantId } from '../names.ts';
import type { Ports } from '../ports.ts';
import { startIfAdmitted } from '../queue/start-if-admitted.ts';
import { tenantBeingRemoved, tenantNotFound } from '../registry/find-tenant.ts';
import type { Tenant } from '../registry/tenant.ts';
import type { Route } from '../route/route.ts';
import { countedText } from '../settings/counted-items.ts';
import { parseHold } from '../settings/hold.ts';
import { dedicatedTableName, type Settings, type Tier, tierOf } from '../settings/settings.ts';
import { tenantIdSchemaOf } from '../settings/tenant-id.ts';

/** A request to move a tenant. */
export interface MigrationRequest {
  readonly tenantId: string;
  /** Absent to move the tenant to another table of its tier. */
  readonly toTier?: string;
  /** True for a dedicated table, if the tier allows one. */
  readonly dedicated?: boolean;
  /** True to end after the plan. */
  readonly dryRun?: boolean;
  /** Time for which the source is kept after the flip, in ms; the deployment's setting by default. */
  readonly holdMs?: number;
  /** True to hold the cutover until an operator releases it. */
  readonly holdCutover?: boolean;
  /** Operator or process that makes the request. */
  readonly requestedBy: string;
  readonly reason: string;
  /** The ended migration that this one repeats. */
  readonly retryOf?: MigrationId;
  /** Limit of write units a second in the target; none by default. */
  readonly writeUnitsPerSecond?: number;
  /** Limit of read units a second in each table; the deployment's setting by default. */
  readonly readUnitsPerSecond?: number;
}

/**
 * Checks a request against registry and catalogue, writes the migration's record, and starts the migration if the queue admits
 * it now. A dry run starts at once, without the queue. A refused request changes nothing.
 * @returns the migration as it was requested.
 * @throws InvalidRequest if the request is invalid
 * @throws NotSafe if a migration would not be safe now
 * @throws TenantAlreadyMigrating if the tenant has an open migration. A dry run may run beside one.
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
    urgent: isUrgent(ports.settings, tenant) ? true : undefined,
    retryOf: request.retryOf,
    writeUnitsPerSecond: request.writeUnitsPerSecond,
    readUnitsPerSecond: request.readUnitsPerSecond,
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
  await startIfAdmitted(ports, migration);
  return migration;
};

/** Records and settings that decide a request. */
interface RequestFacts {
  readonly tenant: Tenant;
  readonly route: Route;
  readonly tier: Tier;
  readonly placement: Placement;
  /** The tenant's latest migration, which has ended; absent if there is none, and for a dry run. */
  readonly latest: MigrationId | undefined;
}

/** Checks a request and changes nothing. @throws the errors of `requestMigration` */
export const checkRequest = async (ports: Ports, request: MigrationRequest): Promise<RequestFacts> => {
  const tenantId = parseTenantId(ports.settings, request.tenantId);
  const { tenant, route } = await findTenantAndRoute(ports, tenantId);
  const tier = targetTier(ports, request.toTier ?? tenant.tier);
  const placement =
    request.toTier === undefined ? tenant.placement : targetPlacement(tier, request.dedicated ?? false);
  if (request.toTier !== undefined) checkTargetDiffers(ports.settings, tenant, tier, placement);
  checkNameFits(ports.settings, tenant, tier, placement);
  await checkSource(ports, tenant);
  const latest = request.dryRun ? undefined : await checkNotMigrating(ports, tenant);
  return { tenant, route, tier, placement, latest };
};

/** Creates the migration as the tenant's latest. One of several concurrent requests succeeds. @throws TenantAlreadyMigrating */
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

/** True if the tenant exceeds its tier's limit so far that its migration is admitted before others. */
export const isUrgent = (
  settings: Settings,
  { tier, schoolCount }: Pick<Tenant, 'tier' | 'schoolCount'>,
): boolean => {
  const { maxSchools } = tierOf(settings, tier) ?? {};
  return maxSchools !== undefined && schoolCount >= maxSchools * settings.admission.urgentShare;
};

const parseTenantId = (settings: Settings, id: string): TenantId => {
  const parsed = tenantIdSchemaOf(settings).safeParse(id);
  if (!parsed.success)
    throw new InvalidRequest(
      `invalid tenant id '${id}': ${parsed.error.issues.map((issue) => issue.message).join('; ')}. Nothing was changed`,
    );
  return parsed.data;
};

const findTenantAndRoute = async (
  ports: Ports,
  tenantId: TenantId,
): Promise<{ tenant: Tenant; route: Route }> => {
  const tenant = await ports.registry.tenant(tenantId);
  if (!tenant) throw tenantNotFound(tenantId);
  if (tenant.removal) throw tenantBeingRemoved(tenant);
  const route = await ports.routes.get(tenantId);
  if (!route)
    throw new NotSafe(`tenant ${tenantId} has no route; repair it first`, {
      facts: { tenantId },
      next: { action: 'doctor' },
    });
  return { tenant, route };
};

const targetTier = (ports: Ports, name: string): Tier => {
  const tier = tierOf(ports.settings, name);
  if (!tier) {
    throw new InvalidRequest(
      `there is no tier '${name}'. Nothing was changed. Tiers of the catalogue: ${ports.settings.tiers.map((known) => known.name).join(', ')}`,
    );
  }
  return tier;
};

const targetPlacement = (tier: Tier, dedicated: boolean): Placement => {
  if (tier.placement === 'dedicated') return 'dedicated';
  if (dedicated && !tier.dedicatedOnRequest)
    throw new InvalidRequest(
      `tier ${tier.name} has no dedicated tables. Nothing was changed. Choose another tier or a shared table`,
    );
  return dedicated ? 'dedicated' : 'shared';
};

/** Checks that the target differs from the source, and that the tenant fits the tier. @throws InvalidRequest, NotSafe */
export const checkTargetDiffers = (
  settings: Settings,
  tenant: Tenant,
  tier: Tier,
  placement: Placement,
): void => {
  if (tenant.tier === tier.name && tenant.placement === placement) {
    throw new InvalidRequest(
      `tenant ${tenant.tenantId} is in tier ${tier.name} (${placement}) already. Nothing was changed. To move it, choose another tier or another table of the tier`,
      {
        facts: { tenantId: tenant.tenantId, tier: tier.name },
        next: { action: 'move-elsewhere', tenantId: tenant.tenantId },
      },
    );
  }
  if (tier.maxSchools !== undefined && tenant.schoolCount > tier.maxSchools) {
    throw new NotSafe(
      `tenant ${tenant.tenantId} has ${countedText(tenant.schoolCount, settings)}, but tier ${tier.name} allows at most ${tier.maxSchools}; choose a higher tier`,
    );
  }
};

/** Checks the length of a dedicated table's name. @throws InvalidRequest */
export const checkNameFits = (settings: Settings, tenant: Tenant, tier: Tier, placement: Placement): void => {
  const name = dedicatedTableName(settings, tier.name, tenant.tenantId);
  if (placement === 'dedicated' && name.length > TABLE_NAME_CHARACTERS) {
    throw new InvalidRequest(
      `the name of the tenant's dedicated table, '${name}', would exceed ${TABLE_NAME_CHARACTERS} characters; choose a shared table`,
    );
  }
};

const checkSource = async (ports: Ports, tenant: Tenant): Promise<void> => {
  if (!(await ports.tables.describe(tenant.table))) {
    throw new NotSafe(
      `table ${tenant.table}, in which tenant ${tenant.tenantId} is registered, does not exist. Nothing was changed. Restore the table under its name, or remove the tenant if its items are not needed any more`,
      { facts: { tenantId: tenant.tenantId, table: tenant.table }, next: { action: 'doctor' } },
    );
  }
};

/** Returns the tenant's latest migration, which has ended. @throws TenantAlreadyMigrating if it has not */
export const checkNotMigrating = async (ports: Ports, tenant: Tenant): Promise<MigrationId | undefined> => {
  if (tenant.lockedBy) throw alreadyMigrating(tenant.tenantId, tenant.lockedBy);
  const latest = await ports.migrations.latest(tenant.tenantId);
  const migration = latest && (await ports.migrations.get(latest));
  if (migration && !isClosed(migration.status))
    throw alreadyMigrating(tenant.tenantId, migration.migrationId);
  return latest;
};

const alreadyMigrating = (tenantId: TenantId, id: MigrationId): TenantAlreadyMigrating =>
  new TenantAlreadyMigrating(
    `tenant ${tenantId} is being migrated by ${id}. Nothing was changed. Wait for it to end, or cancel it`,
    { facts: { tenantId, migrationId: id }, next: { action: 'status', migrationId: id } },
  );

/** Returns an id that sorts by time, and is short enough for the names of executions made from it. */
const newMigrationId = (now: EpochMs, id: string): MigrationId => {
  const time = new Date(now).toISOString().replaceAll(/[-:T]/g, '').slice(0, 14);
  return `mig-${time}-${id.slice(0, 8)}` as MigrationId;
};
