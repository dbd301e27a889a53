import type { ControlRecord, ControlRecords } from '../../functions/migration/doctor/control-records.ts';
import type { TableName } from '../../functions/migration/names.ts';
import type { Tenant } from '../../functions/migration/registry/tenant.ts';
import type { FakePorts } from './fake-ports.ts';
import { aMigration } from './records.ts';
import { addTenant } from './tenants.ts';

/**
 * Leaves the lock of an ended migration on tenant `east`, which is what the doctor finds.
 * @returns the tenant with its table, and control records that hold it. They accept a change of the tenant and no other.
 */
export const leftLock = async (
  ports: FakePorts,
): Promise<{ readonly tenant: Tenant; readonly table: TableName; readonly control: ControlRecords }> => {
  const { tenantId, table } = await addTenant(ports, { tenantId: 'east', items: 20 });
  const ended = aMigration({ tenantId });
  await ports.migrations.create(ended);
  await ports.registry.lockTenant(tenantId, ended.migrationId, table);
  await ports.migrations.transition(ended, 'cancelled', { who: 'ana', reason: 'no', at: ports.clock.now() });
  const tenant = await ports.registry.tenant(tenantId);
  const route = await ports.routes.get(tenantId);
  if (!tenant || !route) throw new Error('no tenant');
  const found: Record<string, ControlRecord[]> = {
    registry: [{ kind: 'tenant', tenant }],
    routes: [{ kind: 'route', route }],
  };
  const never = () => Promise.reject(new Error('not written here'));
  const control: ControlRecords = {
    async *all(name) {
      yield* found[name] ?? [];
    },
    ...{ addRoute: never, addTenant: never, setCounts: never, setLatest: never, setMigration: never },
    async setTenant() {},
  };
  return { tenant, table, control };
};
