import { expect, test } from 'vitest';
import { RouteRecord } from '../../functions/aws/routes.ts';
import type { TenantId } from '../../functions/migration/names.ts';
import { registerTenant } from '../../functions/migration/operator/register-tenant.ts';
import { ROUTE_PROTOCOL } from '../../functions/migration/route/route.ts';
import { SUPPORTED_PROTOCOL } from '../../functions/router/route-record.ts';
import { fakePorts } from '../support/fake-ports.ts';
import { aRoute } from '../support/records.ts';

test('the router of this version supports the routes of this version', () => {
  expect(SUPPORTED_PROTOCOL).toBe(ROUTE_PROTOCOL);
});

test('the route of a registered tenant names its protocol', async () => {
  const ports = fakePorts();
  const tenantId = 'cedar' as TenantId;
  await registerTenant(ports, { tenantId, name: 'Cedar', tier: 'enterprise', by: 'test' });
  expect(await ports.routes.get(tenantId)).toMatchObject({ protocol: 1, writes: 'open' });
});

test('a route without a protocol is read, and one with another protocol is damaged for this version', () => {
  const route = aRoute();
  expect(RouteRecord.parse(route)).toEqual(route);
  expect(RouteRecord.parse({ ...route, protocol: 1 })).toEqual({ ...route, protocol: 1 });
  const refused = RouteRecord.safeParse({ ...route, protocol: 2 });
  expect(refused.error?.issues.map(({ path }) => path)).toEqual([['protocol']]);
});
