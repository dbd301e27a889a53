import { MigrationNotFound } from '../../functions/migration/errors.ts';
import type { Migration } from '../../functions/migration/migration.ts';
import type { MigrationId } from '../../functions/migration/names.ts';
import type { Ports } from '../../functions/migration/ports.ts';
import { anyTenantIdSchema } from '../../functions/migration/settings/tenant-id.ts';

/**
 * Finds a migration by its id, or the latest migration of a tenant by the tenant's id. A dry run is found by its tenant only
 * if the tenant has no other migration.
 * @throws MigrationNotFound
 */
export const findLatestMigration = async (ports: Ports, name: string): Promise<Migration> => {
  const migration = await ports.migrations.get(name as MigrationId);
  if (migration) return migration;
  const tenantId = anyTenantIdSchema.safeParse(name).data;
  if (!tenantId || !(await ports.registry.tenant(tenantId)))
    throw new MigrationNotFound(
      `there is no migration and no tenant '${name}'; see 'tierferry status' and 'tierferry tenant list'`,
    );
  const id = await ports.migrations.latest(tenantId);
  const latest = id && (await ports.migrations.get(id));
  if (latest) return latest;
  for await (const dryRun of ports.migrations.list({ tenantId, atOnce: 1 })) return dryRun;
  throw new MigrationNotFound(
    `tenant ${tenantId} has no migration; request one with 'tierferry migrate ${tenantId}'`,
  );
};
