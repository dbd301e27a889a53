import { beforeEach, expect, test } from 'vitest';
import { InvalidRequest, TenantNotFound } from '../../../functions/migration/errors.ts';
import type { TenantId } from '../../../functions/migration/names.ts';
import { renameTenant } from '../../../functions/migration/tenants/rename-tenant.ts';
import { type FakePorts, fakePorts } from '../../support/fake-ports.ts';
import { addTenant } from '../../support/tenants.ts';

const north = 'north' as TenantId;
let ports: FakePorts;
beforeEach(async () => {
  ports = fakePorts();
  await addTenant(ports, { tenantId: north, items: 1 });
});
const rename = (name: string, id: string = north) =>
  renameTenant(ports, id, name, { by: 'ana', reason: 'merger' });

test('a tenant gets another display name and keeps its id, table and items', async () => {
  const before = await ports.registry.tenant(north);
  ports.clock.advance(1_000);
  expect(await rename('  Northern Lights ')).toEqual({
    ...before,
    name: 'Northern Lights',
    nameReason: 'merger',
    updatedBy: 'ana',
    updatedAt: ports.clock.now(),
  });
});

test('the same name changes nothing', async () => {
  const renamed = await rename('Northern Lights');
  ports.clock.advance(1_000);
  expect(await renameTenant(ports, north, 'Northern Lights', { by: 'ben' })).toEqual(renamed);
});

test.each(['', '   ', 'x'.repeat(201)])('a name that is empty or too long is refused: %#', async (name) => {
  await expect(rename(name)).rejects.toThrow(InvalidRequest);
});

test('an unknown tenant is refused', async () => {
  await expect(rename('x', 'south')).rejects.toThrow(TenantNotFound);
});
