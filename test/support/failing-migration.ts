import type { Item } from '../../functions/migration/items/items.ts';
import type { Migration } from '../../functions/migration/migration.ts';
import type { TableName, TenantId } from '../../functions/migration/names.ts';
import { requestMigration } from '../../functions/migration/requests/request-migration.ts';
import type { Plant } from './failing-step.ts';
import type { PlantedStack } from './planted-stack.ts';
import { addTenant, controlState, ended } from './tenants.ts';

export interface FailedMigration {
  readonly tenantId: TenantId;
  readonly source: TableName;
  readonly target: TableName;
  readonly items: readonly Item[];
  /** State of the control plane before the migration. */
  readonly before: unknown;
  readonly migration: Migration;
}

let tenants = 0;

/** Adds a tenant and runs its migration with failures planted in some states. No state fails afterwards. */
export const failingMigration = async (
  { ports, plant }: PlantedStack,
  toTier: 'advanced' | 'enterprise',
  ...plants: readonly Plant[]
): Promise<FailedMigration> => {
  tenants += 1;
  const { tenantId, table, items } = await addTenant(ports, { tenantId: `t-${tenants}`, items: 50 });
  const before = await controlState(ports);
  plant(...plants);
  const request = { tenantId, toTier, requestedBy: 'test', reason: 'test' };
  const migration = await ended(ports, (await requestMigration(ports, request)).migrationId);
  plant();
  const target = `saas-tenant-data-${toTier}${toTier === 'enterprise' ? `-${tenantId}` : ''}` as TableName;
  return { tenantId, source: table, target, items, before, migration };
};
