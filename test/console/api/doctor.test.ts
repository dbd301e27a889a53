import { describe, expect, test } from 'vitest';
import type { ControlRecord, ControlRecords } from '../../../functions/migration/doctor/control-records.ts';
import { aMigration } from '../../support/records.ts';
import { addTenant } from '../../support/tenants.ts';
import { consoleWorld } from './console-world.ts';

describe('the doctor', () => {
  /** The lock of a migration that has ended. */
  const withFinding = async () => {
    const world = consoleWorld();
    const { ports } = world;
    const { tenantId, table } = await addTenant(ports, { tenantId: 'east', items: 20 });
    const ended = aMigration({ tenantId });
    await ports.migrations.create(ended);
    await ports.registry.lock(tenantId, ended.migrationId, table);
    await ports.migrations.transition(ended, 'cancelled', { who: 'ana', why: 'no', at: ports.clock.now() });
    const tenant = await ports.registry.tenant(tenantId);
    const route = await ports.routes.get(tenantId);
    if (!tenant || !route) throw new Error('no tenant');
    const found: Record<string, ControlRecord[]> = {
      registry: [{ kind: 'tenant', tenant }],
      routes: [{ kind: 'route', route }],
    };
    const never = () => Promise.reject(new Error('not written here'));
    const logged: object[] = [];
    const control: ControlRecords = {
      async *all(name) {
        yield* found[name] ?? [];
      },
      ...{ addRoute: never, addTenant: never, setCounts: never, setLatest: never, setMigration: never },
      async setTenant() {},
    };
    const log = { info: (fields: object) => logged.push(fields), warn() {} };
    Object.assign(ports, { control, log });
    return { ...world, logged };
  };

  test('shows findings to operators only', async () => {
    const { call } = await withFinding();
    const { json } = await call('/api/doctor');
    expect(json).toMatchObject({ healthy: false, findings: [{ id: 'lock-left/east', next: {} }] });
    expect((await call('/api/doctor', { role: 'viewer' })).status).toBe(403);
  });

  test("mends one finding for an administrator, under that subject's name", async () => {
    const { call, logged } = await withFinding();
    const body = { finding: 'lock-left/east', reason: 'restored' };
    const done = await call('/api/doctor/mend', { by: 'bea', role: 'admin', body });
    expect(done.json).toMatchObject({ mended: { id: 'lock-left/east' } });
    expect(logged).toContainEqual({ finding: 'lock-left/east', by: 'bea' });
    const gone = await call('/api/doctor/mend', { role: 'admin', body: { ...body, finding: 'x/y' } });
    expect(gone.json).toMatchObject({ status: 400, code: 'InvalidRequest' });
  });
});
