import { InvalidRequest, NotSafe, RecordDamaged, TenantAlreadyMigrating } from '../errors.ts';
import { isClosed } from '../life-cycle.ts';
import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import type { Tenant } from '../registry/records.ts';
import { isUrgent, type MigrationRequest, requestMigration } from './request-migration.ts';

/**
 * Whether a request is made again that has ended without the tenant having moved: by itself never, by a sweep where it
 * has failed and nobody has called it back, by a person always.
 */
export type Repeats = 'never' | 'failed' | 'always';

export type Asked =
  | { readonly kind: 'requested' | 'already'; readonly migration: Migration }
  | { readonly kind: 'stays'; readonly why: string };

/**
 * Asks for a tenant to leave its table, whoever asks and however often: one migration comes of it. One that moves the
 * tenant away already is that one; one that has just brought it does not count. A tenant stays if a record of its own is
 * damaged.
 */
export const requestOnce = async (...given: Parameters<typeof request>): Promise<Asked> => {
  try {
    return await request(...given);
  } catch (error) {
    // one of many tenants: the others are asked for nevertheless
    if (error instanceof RecordDamaged) return { kind: 'stays', why: error.message };
    throw error;
  }
};

const request = async (
  ports: Ports,
  tenant: Tenant,
  wanted: Omit<MigrationRequest, 'tenantId'>,
  repeats: Repeats,
): Promise<Asked> => {
  const { tenantId } = tenant;
  const before = await latestOf(ports, tenant);
  if (before && !isClosed(before.status)) {
    return before.source.table === tenant.table
      ? { kind: 'already', migration: await hurried(ports, before, tenant) }
      : { kind: 'stays', why: `${before.migrationId}, which has brought it, is ${before.status}` };
  }
  if (before && before.source.table === tenant.table && !mayRepeat(before, repeats)) {
    const { migrationId, status, cancellation } = before;
    const why = cancellation ? `, called back by ${cancellation.by}` : '';
    return {
      kind: 'stays',
      why: `${migrationId} is ${status}${why}; ask again with 'tierferry retry ${migrationId}' or migrate`,
    };
  }
  try {
    return { kind: 'requested', migration: await requestMigration(ports, { ...wanted, tenantId }) };
  } catch (error) {
    if (error instanceof TenantAlreadyMigrating) {
      const faster = await latestOf(ports, tenant);
      if (faster && !isClosed(faster.status)) return { kind: 'already', migration: faster };
    }
    if (error instanceof NotSafe || error instanceof InvalidRequest)
      return { kind: 'stays', why: error.message };
    throw error;
  }
};

/** The tenant's migration that is under way, or was requested last. */
export const latestOf = async (
  ports: Ports,
  { tenantId, lockedBy }: Tenant,
): Promise<Migration | undefined> => {
  const id = lockedBy ?? (await ports.migrations.latest(tenantId));
  return id && ports.migrations.get(id);
};

const mayRepeat = ({ status, cancellation }: Migration, repeats: Repeats): boolean =>
  status === 'completed' || repeats === 'always' || (repeats === 'failed' && cancellation === undefined);

/** A tenant may come near a hard limit while it waits. */
const hurried = async (ports: Ports, migration: Migration, tenant: Tenant): Promise<Migration> => {
  if (migration.status !== 'queued' || migration.urgent || !isUrgent(ports.settings, tenant))
    return migration;
  return ports.migrations.update(migration, { urgent: true });
};
