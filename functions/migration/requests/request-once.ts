import {
  InvalidRequest,
  NotSafe,
  RecordDamaged,
  TenantAlreadyMigrating,
  type TierferryError,
} from '../errors.ts';
import { isClosed, statusWords } from '../life-cycle.ts';
import type { Migration } from '../migration.ts';
import type { NextStep } from '../next-action.ts';
import type { Ports } from '../ports.ts';
import { sameMove } from '../record/refusals.ts';
import { undoneBy } from '../record/undone-by.ts';
import type { Tenant } from '../registry/tenant.ts';
import { isUrgent, type MigrationRequest, requestMigration } from './request-migration.ts';

/**
 * Condition for requesting a migration again that ended without a move. Automatic requests use `never`. An operator's sweep
 * uses `failed`, which excludes cancelled migrations. Other requests of an operator use `always`.
 */
export type Repeats = 'never' | 'failed' | 'always';

/** Result of a request: a new migration, one that was open already, or the reason why the tenant stays. */
export type RequestResult =
  | { readonly kind: 'requested' | 'already'; readonly migration: Migration }
  | { readonly kind: 'stays'; readonly reason: string; readonly next?: NextStep };

/**
 * Requests that a tenant is moved out of its table. Repeated and concurrent requests result in one migration: if an open
 * migration is moving the tenant out of this table, it is returned. The tenant stays if the migration that moved it in has not
 * ended yet, or one of its records is damaged.
 */
export const requestOnce = async (...given: Parameters<typeof request>): Promise<RequestResult> => {
  try {
    return await request(...given);
  } catch (error) {
    // a damaged record must not stop the requests of other tenants
    if (error instanceof RecordDamaged) return staysAfter(error);
    throw error;
  }
};

const request = async (
  ports: Ports,
  tenant: Tenant,
  wanted: Omit<MigrationRequest, 'tenantId'>,
  repeats: Repeats,
): Promise<RequestResult> => {
  const { tenantId } = tenant;
  const before = await latestOf(ports, tenant);
  if (before && !isClosed(before.status)) {
    return before.source.table === tenant.table
      ? { kind: 'already', migration: await markUrgent(ports, before, tenant) }
      : {
          kind: 'stays',
          reason: `${before.migrationId}, which moved it here, is still ${statusWords(before.status)}`,
        };
  }
  if (before && before.source.table === tenant.table && !mayRepeat(before, repeats)) {
    const { migrationId, status } = before;
    const undone = undoneBy(before);
    const past = `${migrationId} ${undone ? `was ${undone}` : `is ${statusWords(status)}`}`;
    return status === 'cancelled'
      ? { kind: 'stays', reason: `${past}; request a new move`, next: sameMove(before) }
      : {
          kind: 'stays',
          reason: `${past}; retry it, or request a new move`,
          next: { action: 'retry', migrationId },
        };
  }
  try {
    return { kind: 'requested', migration: await requestMigration(ports, { ...wanted, tenantId }) };
  } catch (error) {
    if (error instanceof TenantAlreadyMigrating) {
      const faster = await latestOf(ports, tenant);
      if (faster && !isClosed(faster.status)) return { kind: 'already', migration: faster };
    }
    if (error instanceof NotSafe || error instanceof InvalidRequest) return staysAfter(error);
    throw error;
  }
};

const staysAfter = ({ message, next }: TierferryError): RequestResult => ({
  kind: 'stays',
  reason: message,
  next: next ?? undefined,
});

/** Returns the tenant's open migration, or the one that was requested last. */
export const latestOf = async (
  ports: Ports,
  { tenantId, lockedBy }: Tenant,
): Promise<Migration | undefined> => {
  const id = lockedBy ?? (await ports.migrations.latest(tenantId));
  return id && ports.migrations.get(id);
};

const mayRepeat = ({ status, cancellation }: Migration, repeats: Repeats): boolean =>
  status === 'completed' || repeats === 'always' || (repeats === 'failed' && cancellation === undefined);

/** Marks a queued migration as urgent if its tenant has become so while it waits. */
const markUrgent = async (ports: Ports, migration: Migration, tenant: Tenant): Promise<Migration> => {
  if (migration.status !== 'queued' || migration.urgent || !isUrgent(ports.settings, tenant))
    return migration;
  return ports.migrations.update(migration, { urgent: true });
};
