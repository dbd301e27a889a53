import { MigrationNotFound } from '../../functions/migration/errors.ts';
import { isClosed, statusWords } from '../../functions/migration/life-cycle.ts';
import type { Migration } from '../../functions/migration/migration.ts';
import type { MigrationId, TenantId } from '../../functions/migration/names.ts';
import type { Ports } from '../../functions/migration/ports.ts';
import { anyTenantIdSchema } from '../../functions/migration/settings/tenant-id.ts';

/**
 * Finds a migration by its id, or the latest migration of a tenant by the tenant's id. A dry run is found by its tenant only
 * if the tenant has no other migration.
 * @throws MigrationNotFound
 */
export const findLatestMigration = async (ports: Ports, name: string): Promise<Migration> => {
  const { migration, tenantId } = await findNamed(ports, name);
  if (migration) return migration;
  const latest = await latestOf(ports, tenantId);
  if (latest) return latest;
  for await (const dryRun of ports.migrations.list({ tenantId, atOnce: 1 })) return dryRun;
  throw new MigrationNotFound(
    `tenant ${tenantId} has no migration; request one with 'tierferry migrate ${tenantId}'`,
  );
};

/**
 * Finds a migration by its id, or the open migration of a tenant by the tenant's id: the one that the commands control. An
 * open dry run is found by its tenant only if no other migration of the tenant is open.
 * @throws MigrationNotFound
 */
export const findOpenMigration = async (ports: Ports, name: string): Promise<Migration> => {
  const { migration, tenantId } = await findNamed(ports, name);
  if (migration) return migration;
  const latest = await latestOf(ports, tenantId);
  if (latest && !isClosed(latest.status)) return latest;
  for await (const other of ports.migrations.list({ tenantId })) if (!isClosed(other.status)) return other;
  const ended = latest ? `: its latest, ${latest.migrationId}, is ${statusWords(latest.status)}` : '';
  throw new MigrationNotFound(`tenant ${tenantId} has no open migration${ended}. Nothing was changed`, {
    facts: { tenantId },
    next: latest
      ? { action: 'status', migrationId: latest.migrationId }
      : { action: 'show-tenant', tenantId },
  });
};

type MigrationOrTenant =
  | { readonly migration: Migration; readonly tenantId?: never }
  | { readonly migration?: never; readonly tenantId: TenantId };

/** @throws MigrationNotFound if no migration and no tenant has this id */
const findNamed = async (ports: Ports, name: string): Promise<MigrationOrTenant> => {
  const migration = await ports.migrations.get(name as MigrationId);
  if (migration) return { migration };
  const tenantId = anyTenantIdSchema.safeParse(name).data;
  if (tenantId && (await ports.registry.tenant(tenantId))) return { tenantId };
  throw new MigrationNotFound(
    `there is no migration and no tenant '${name}'; 'tierferry tenant list' lists the tenants`,
    { facts: { migrationId: name }, next: { action: 'list-migrations' } },
  );
};

const latestOf = async ({ migrations }: Ports, tenantId: TenantId): Promise<Migration | undefined> => {
  const id = await migrations.latest(tenantId);
  return id && (await migrations.get(id));
};
