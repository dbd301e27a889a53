import { beforeEach, expect, test } from 'vitest';
import { handler } from '../../functions/handlers/request-move.ts';
import { InvalidRequest, TenantNotFound } from '../../functions/migration/errors.ts';
import { type TenantId, type TierName, tableName } from '../../functions/migration/names.ts';
import { type FakePorts, fakePorts } from '../support/fake-ports.ts';
import { aRoute, aTable, aTenant } from '../support/records.ts';
import { collect } from '../support/tenants.ts';

const LIVE = tableName('live');
const tenantId = 'oak' as TenantId;
const context = { awsRequestId: 'r', getRemainingTimeInMillis: () => 60_000 };
const detail = { version: 1, tenantId, reason: 'a new contract', requestedBy: 'billing' };

let ports: FakePorts;
beforeEach(async () => {
  ports = fakePorts();
  await ports.tables.create(LIVE, ports.settings.tableDesign);
  await ports.registry.addTable(aTable({ table: LIVE, freeSlots: 9 }));
  const tenant = aTenant({ tenantId, tier: 'basic' as TierName, table: LIVE, schoolCount: 0 });
  await ports.registry.addTenant(tenant, aRoute({ tenantId, table: LIVE }));
});
const send = (more: object) => handler.run(ports, { detail: { ...detail, ...more } }, context);
const requested = () => collect(ports.migrations.list({}));

test('an event that names a tier requests one migration, however often it is delivered', async () => {
  for (let times = 0; times < 3; times += 1) await send({ toTier: 'premium', dedicated: true });
  expect(await requested()).toMatchObject([
    {
      tenantId,
      target: { tier: 'premium', placement: 'dedicated' },
      reason: 'a new contract',
      requestedBy: 'billing',
    },
  ]);
});

test('an event without a tier counts the schools, and moves a tenant that has outgrown its tier', async () => {
  await send({});
  expect(await requested()).toEqual([]);
  const puts = Array.from({ length: 11 }, (_, n) => ({
    tenantId: { S: tenantId },
    entityKey: { S: `SCHOOL#${n}` },
  }));
  await ports.partition(tenantId).write(LIVE, { puts, deletes: [] });
  await send({});
  expect(await requested()).toMatchObject([
    { tenantId, target: { tier: 'advanced' }, requestedBy: 'billing' },
  ]);
});

test('an invalid event fails, so that an operator sees it, and changes nothing', async () => {
  await expect(send({ tenantId: 'unknown' })).rejects.toThrow(TenantNotFound);
  for (const wrong of [{ version: 2 }, { tenantId: 7 }, { reason: '' }])
    await expect(send(wrong)).rejects.toThrow(/ZodError|Invalid|expected|small/);
  await expect(send({ toTier: 'nowhere' })).rejects.toThrow(InvalidRequest);
  // an earlier delivery of the event may have moved the tenant to that tier
  await send({ toTier: 'basic' });
  expect(await requested()).toEqual([]);
});
