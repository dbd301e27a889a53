import pLimit from 'p-limit';
import { InvalidRequest, NotSafe } from '../errors.ts';
import { isClosed, isFlipped } from '../life-cycle.ts';
import type { Migration } from '../migration.ts';
import type { MigrationId, TableName, TenantId } from '../names.ts';
import type { Ports } from '../ports.ts';
import type { Tenant } from '../registry/records.ts';
import { findMigration } from './find-migration.ts';
import { openMigrationOf, requestMigration } from './request-migration.ts';

/** ms between two looks at a migration. */
const LOOK_MS = 500;
/** Looks at an execution that is not under way until it is taken for dead: one that was just started may not show yet. */
const QUIET_LOOKS = 6;

export interface Retirement {
  readonly table: string;
  /** Tenants that move at once; the next begins when one has flipped. */
  readonly atOnce: number;
  readonly by: string;
  readonly why: string;
  /** Hears of each migration when it is requested, and when the tenant has moved or stays. */
  readonly onChange?: (migration: Migration) => void;
  /** Ends the waiting and requests nothing more; what was requested goes on. */
  readonly signal?: AbortSignal;
}

export interface Retired {
  readonly table: TableName;
  /** Migrations whose tenant lives elsewhere now; their sources are kept for the hold. */
  readonly moved: readonly MigrationId[];
  /** Who stays, and why. */
  readonly stays: readonly { readonly tenantId: TenantId; readonly why: string }[];
  /** Tenants that were on their way into the table when it was marked, and still are. */
  readonly coming: number;
}

/**
 * Lets a table take nobody new, and moves everybody in it to other tables of their tier, a few at a time. It may be run
 * again, after Ctrl-C or for those who stayed: who has moved is not asked again.
 * @throws InvalidRequest where there is no such table. @throws Conflict where it is dropped.
 */
export const retireTable = async (ports: Ports, asked: Retirement): Promise<Retired> => {
  const table = (await registered(ports, asked.table)).table;
  await ports.registry.setRetiring(table, true);
  const limit = pLimit(asked.atOnce);
  const seen = new Set<TenantId>();
  const moved: MigrationId[] = [];
  const stays: { tenantId: TenantId; why: string }[] = [];
  const move = async (tenant: Tenant): Promise<void> => {
    asked.signal?.throwIfAborted();
    const end = await moveAway(ports, tenant, asked);
    if (typeof end === 'string') stays.push({ tenantId: tenant.tenantId, why: end });
    else moved.push(end.migrationId);
  };
  for (;;) {
    // who was on the way in when it was marked may have arrived
    const living = await livingIn(ports, table, seen);
    if (living.length === 0) break;
    for (const { tenantId } of living) seen.add(tenantId);
    await Promise.all(living.map((tenant) => limit(() => move(tenant))));
  }
  return { table, moved, stays, coming: (await ports.registry.table(table))?.reserved ?? 0 };
};

/** Lets a table that was being retired take tenants again. @throws InvalidRequest @throws Conflict as `retireTable` */
export const reinstateTable = async (ports: Ports, name: string): Promise<TableName> => {
  const { table } = await registered(ports, name);
  await ports.registry.setRetiring(table, false);
  return table;
};

const registered = async (ports: Ports, name: string) => {
  const found = await ports.registry.table(name as TableName);
  if (!found) throw new InvalidRequest(`there is no table ${name}; see 'tierferry table list'`);
  return found;
};

const livingIn = async (
  ports: Ports,
  table: TableName,
  seen: ReadonlySet<TenantId>,
): Promise<readonly Tenant[]> => {
  const living: Tenant[] = [];
  for await (const tenant of ports.registry.tenants())
    if (tenant.table === table && !seen.has(tenant.tenantId)) living.push(tenant);
  return living;
};

/** @returns the migration with which the tenant has left, or why it stays. */
const moveAway = async (ports: Ports, tenant: Tenant, asked: Retirement): Promise<Migration | string> => {
  let migration: Migration;
  try {
    migration = await underWay(ports, tenant, asked);
  } catch (error) {
    if (error instanceof NotSafe || error instanceof InvalidRequest) return error.message;
    throw error;
  }
  asked.onChange?.(migration);
  migration = await untilFlippedOrOver(ports, migration, asked.signal);
  asked.onChange?.(migration);
  if (isFlipped(migration.status)) return migration;
  return `${migration.migrationId} is ${migration.status}${migration.failure ? `: ${migration.failure.cause}` : ''}`;
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

/** A migration that moves the tenant away already does it, unlike one that has just brought it; else one is requested. */
const underWay = async (ports: Ports, tenant: Tenant, { by, why }: Retirement): Promise<Migration> => {
  const already = await openMigrationOf(ports, tenant);
  if (already?.source.table === tenant.table) return already;
  return requestMigration(ports, { tenantId: tenant.tenantId, requestedBy: by, reason: why });
};
