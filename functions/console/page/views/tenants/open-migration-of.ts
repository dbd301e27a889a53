import type { TenantDetail } from '../../api/schema.ts';
import { isClosed } from '../../parts/migration-status.tsx';

/** Returns the migration that is open for a tenant, if there is one. Dry runs may run beside it. */
export const openMigrationOf = ({
  tenant,
  migrations,
}: Pick<TenantDetail, 'tenant' | 'migrations'>): string | undefined =>
  tenant.lockedBy ?? migrations.find(({ dryRun, status }) => !dryRun && !isClosed(status))?.migrationId;
