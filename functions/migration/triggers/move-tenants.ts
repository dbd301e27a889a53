import pLimit from 'p-limit';
import { InvalidRequest, NotSafe } from '../errors.ts';
import { isClosed, isFlipped } from '../life-cycle.ts';
import type { Migration } from '../migration.ts';
import type { MigrationId, TenantId } from '../names.ts';
import type { Ports } from '../ports.ts';
import type { Tenant } from '../registry/records.ts';
import { findMigration } from './find-migration.ts';
import { type MigrationRequest, openMigrationOf, requestMigration } from './request-migration.ts';

/** ms between two looks at a migration. */
const LOOK_MS = 500;
/** Looks at an execution that is not under way until it is taken for dead: one that was just started may not show yet. */
const QUIET_LOOKS = 6;

/** A tenant that is to leave its table. */
export interface Leaving {
  readonly tenant: Tenant;
  readonly request: Pick<MigrationRequest, 'toTier' | 'dedicated' | 'reason'>;
}

/** How several tenants are moved. */
export interface Moving {
  /** Tenants that move at once; the next begins when one has flipped. */
  readonly atOnce: number;
  readonly by: string;
  /** Hears of each migration when it is requested, and when the tenant has moved or stays. */
  readonly onChange?: (migration: Migration) => void;
  /** Ends the waiting and requests nothing more; what was requested goes on. */
  readonly signal?: AbortSignal;
}

export interface Moved {
  /** Migrations whose tenant lives elsewhere now; their sources are kept for the hold. */
  readonly moved: readonly MigrationId[];
  /** Who stays, and why. */
  readonly stays: readonly { readonly tenantId: TenantId; readonly why: string }[];
}

/**
 * Moves tenants, a few at a time. A tenant that is leaving its table already is waited for and not asked again, so it
 * may be called again after it was stopped.
 */
export const moveTenants = async (ports: Ports, all: readonly Leaving[], moving: Moving): Promise<Moved> => {
  const moved: MigrationId[] = [];
  const stays: { tenantId: TenantId; why: string }[] = [];
  await pLimit(moving.atOnce).map(all, async (leaving) => {
    moving.signal?.throwIfAborted();
    const end = await move(ports, leaving, moving);
    if (typeof end === 'string') stays.push({ tenantId: leaving.tenant.tenantId, why: end });
    else moved.push(end.migrationId);
  });
  return { moved, stays };
};

/** @returns the migration with which the tenant has left, or why it stays. */
const move = async (
  ports: Ports,
  leaving: Leaving,
  { by, onChange, signal }: Moving,
): Promise<Migration | string> => {
  let migration: Migration;
  try {
    migration = await underWay(ports, leaving, by);
  } catch (error) {
    if (error instanceof NotSafe || error instanceof InvalidRequest) return error.message;
    throw error;
  }
  onChange?.(migration);
  migration = await untilFlippedOrOver(ports, migration, signal);
  onChange?.(migration);
  if (isFlipped(migration.status)) return migration;
  return `${migration.migrationId} is ${migration.status}${migration.failure ? `: ${migration.failure.cause}` : ''}`;
};

/** A migration that moves the tenant away already, unlike one that has just brought it; else one is requested. */
const underWay = async (ports: Ports, { tenant, request }: Leaving, by: string): Promise<Migration> => {
  const already = await openMigrationOf(ports, tenant);
  if (already?.source.table === tenant.table) return already;
  return requestMigration(ports, { ...request, tenantId: tenant.tenantId, requestedBy: by });
};

/** Why it failed is noted by the execution's last step, after it has closed; so the record is read after the execution. */
const untilFlippedOrOver = async (
  ports: Ports,
  { migrationId, attempt }: Migration,
  signal: AbortSignal | undefined,
): Promise<Migration> => {
  for (let quiet = 0; ; ) {
    quiet = (await ports.workflow.isRunning(migrationId, attempt)) ? 0 : quiet + 1;
    const migration = await findMigration(ports, migrationId);
    if (isFlipped(migration.status) || quiet >= (isClosed(migration.status) ? 1 : QUIET_LOOKS))
      return migration;
    // the reason says more than that a sleep was cut off
    await ports.clock.sleep(LOOK_MS, signal).catch(() => signal?.throwIfAborted());
  }
};
