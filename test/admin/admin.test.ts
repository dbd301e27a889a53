import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  type Admin,
  connectAdmin,
  MigrationNotFound,
  NotSafe,
  TenantHasItems,
  TenantNotFound,
} from '../../functions/admin/admin.ts';
import { adminOf } from '../../functions/admin/admin-of.ts';
import { type FakePorts, fakePorts } from '../support/fake-ports.ts';
import { addTenant, collect } from '../support/tenants.ts';

const note = { by: 'sign-up', reason: 'a new district' };

describe('on a deployment', () => {
  let ports: FakePorts;
  let admin: Admin;
  beforeEach(async () => {
    ports = fakePorts();
    admin = adminOf(ports);
    await addTenant(ports, { tenantId: 'north', items: 1 });
  });
  const moved = () =>
    admin.requestMigration({ tenantId: 'north', toTier: 'advanced', requestedBy: 'ana', reason: 'growth' });

  test('a tenant is registered, found, listed, renamed and removed', async () => {
    const south = { tenantId: 'south', name: 'South', tier: 'basic', ...note };
    expect(await admin.registerTenant(south)).toMatchObject({ tenantId: 'south', createdBy: 'sign-up' });
    expect(await admin.findTenant('south')).toMatchObject({ name: 'South' });
    expect(await admin.renameTenant('south', 'Southern', note)).toMatchObject({ name: 'Southern' });
    expect(await admin.setPreferences('south', { autoMigrate: 'off' }, note)).toMatchObject({
      autoMigrate: 'off',
    });
    expect((await collect(admin.listTenants())).map(({ tenantId }) => tenantId)).toEqual(['north', 'south']);
    expect(await admin.planRemoval('south')).toMatchObject({ items: 0 });
    expect(await admin.removeTenant({ tenantId: 'south', by: 'ana' })).toMatchObject({ removedBy: 'ana' });
    await expect(admin.findTenant('south')).rejects.toThrow(TenantNotFound);
    await expect(admin.removeTenant({ tenantId: 'north', by: 'ana' })).rejects.toThrow(TenantHasItems);
  });

  test('many tenants are imported', async () => {
    const tenants = ['a', 'b', 'north'].map((tenantId) => ({ tenantId, name: tenantId, tier: 'basic' }));
    const results = await admin.importTenants(tenants, note);
    expect(results.map(({ kind }) => kind)).toEqual(['registered', 'registered', 'unchanged']);
  });

  test('tables are added, listed, retired and reinstated', async () => {
    const { table } = await admin.addTable('advanced', note);
    expect(await collect(admin.listTables('advanced'))).toMatchObject([{ table, state: 'active' }]);
    expect(await collect(admin.listTables())).toHaveLength(2);
    expect(await admin.retireTable(table, note)).toMatchObject({ table, requested: [] });
    expect(await collect(admin.listTables('advanced'))).toMatchObject([{ state: 'retiring' }]);
    await admin.reinstateTable(table, note);
    expect(await collect(admin.listTables('advanced'))).toMatchObject([{ state: 'active' }]);
  });

  test('a migration is requested, read, limited, held, paused and cancelled', async () => {
    const { migrationId } = await moved();
    expect(await admin.findMigration(migrationId)).toMatchObject({ requestedBy: 'ana' });
    expect(await admin.readStatus(migrationId)).toMatchObject({ migration: { migrationId } });
    expect(await admin.listMigrations({ tenantId: 'north', limit: 5 })).toMatchObject([
      { migration: { migrationId } },
    ]);
    expect(await admin.limitMigration(migrationId, { write: 7 }, note)).toMatchObject({
      writeUnitsPerSecond: 7,
    });
    expect(await admin.holdMigration(migrationId, { holdMs: 1_000 }, note)).toMatchObject({ holdMs: 1_000 });
    expect(await admin.holdCutover(migrationId, note)).toMatchObject({ cutoverHeld: true });
    expect(await admin.releaseCutover(migrationId, note)).toMatchObject({ cutoverHeld: false });
    expect(await admin.pauseMigration(migrationId, note)).toMatchObject({ paused: true });
    expect(await admin.resumeMigration(migrationId, note)).toMatchObject({ paused: false });
    await expect(admin.rollbackMigration(migrationId, note)).rejects.toThrow(NotSafe);
    await expect(admin.retryMigration(migrationId, note)).rejects.toThrow(NotSafe);
    expect(await admin.cancelMigration(migrationId, note)).toHaveProperty('cancellation');
  });

  test('an unknown migration or tenant is refused by name', async () => {
    await expect(admin.readStatus('mig-none')).rejects.toThrow(MigrationNotFound);
    await expect(admin.findMigration('mig-none')).rejects.toThrow(MigrationNotFound);
    await expect(admin.listMigrations({ tenantId: 'none', limit: 5 })).rejects.toThrow(TenantNotFound);
  });
});

describe('connecting', () => {
  /** Runs work with the endpoint of a DynamoDB without items, and returns the requests that it got. */
  const withEmptyDynamoDb = async (work: (endpoint: string) => Promise<unknown>): Promise<string[]> => {
    const requests: string[] = [];
    const server = createServer(async (request: IncomingMessage, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      requests.push(`${request.headers.authorization} ${body}`);
      response.setHeader('content-type', 'application/x-amz-json-1.0').end('{}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
      return requests;
    } finally {
      server.close();
    }
  };

  test('options name the deployment, and credentials replace those of the environment', async () => {
    const requests = await withEmptyDynamoDb(async (dynamodbEndpoint) => {
      const admin = connectAdmin({
        settings: { prefix: 'school', alarms: { email: ['ops@example.org'] } },
        region: 'eu-central-1',
        credentials: { accessKeyId: 'OWN', secretAccessKey: 'secret' },
        dynamodbEndpoint,
      });
      await expect(admin.findTenant('north')).rejects.toThrow(TenantNotFound);
    });
    expect(requests).toMatchObject([expect.stringMatching(/OWN\/\d+\/eu-central-1.*school-tenant-registry/)]);
  });

  test('settings that are not valid are refused, and nothing is sent', () => {
    expect(() => connectAdmin({ settings: { tiers: [] } })).toThrow(/tiers/);
  });
});
