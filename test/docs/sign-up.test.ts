import type { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { RegistrationFailed, signUp } from '../../docs/examples/sign-up/sign-up.ts';
import { adminOf } from '../../functions/admin/admin-of.ts';
import { Unavailable } from '../../functions/migration/errors.ts';
import type { TenantId } from '../../functions/migration/names.ts';
import { routedClient, TenantRouter } from '../../functions/router/router.ts';
import { awsError, createFakeClient } from '../../scripts/testing/testing.ts';
import { type FakePorts, fakePorts } from '../support/fake-ports.ts';
import { collect } from '../support/tenants.ts';

const cedarValley = { tenantId: 'cedar-valley', name: 'Cedar Valley' };
const PutItem = z.object({ TableName: z.string(), Item: z.record(z.string(), z.unknown()) });

/** DynamoDB with the items that were put, by table and keys. It refuses to put an item twice. */
const itemStore = () => {
  const items = new Map<string, Record<string, unknown>>();
  let failure: string | undefined;
  const { client } = createFakeClient({
    answer: ({ input }) => {
      if (failure !== undefined) throw awsError(failure);
      const { TableName, Item } = PutItem.parse(input);
      const key = JSON.stringify([TableName, Item.tenantId, Item.entityKey]);
      if (items.has(key)) throw awsError('ConditionalCheckFailedException');
      items.set(key, Item);
      return {};
    },
  });
  return {
    client,
    items,
    fail: (name: string | undefined) => {
      failure = name;
    },
  };
};

let ports: FakePorts;
let store: ReturnType<typeof itemStore>;
let clients: Parameters<typeof signUp>[0];
/** Returns the clients of a process of the sign-up service, which knows no route yet. */
const signUpProcess = (): typeof clients => {
  const routes = {
    send: async ({ input }: GetItemCommand) => {
      const route = await ports.routes.get((input.Key?.tenantId?.S ?? '') as TenantId);
      return { $metadata: {}, Item: route && marshall(route, { removeUndefinedValues: true }) };
    },
  };
  const router = new TenantRouter({ client: routes });
  return {
    admin: adminOf(ports),
    documents: routedClient(DynamoDBDocumentClient.from(store.client), { table: 'school-data', router }),
  };
};
beforeEach(() => {
  ports = fakePorts();
  store = itemStore();
  clients = signUpProcess();
});
const tenants = async () => (await collect(ports.registry.tenants())).map(({ tenantId }) => tenantId);

test('a district that has signed up has a route, and its first item in the table of its route', async () => {
  await signUp(clients, cedarValley);
  const tenant = await ports.registry.tenant('cedar-valley' as TenantId);
  expect(tenant).toMatchObject({ name: 'Cedar Valley', tier: 'basic', createdBy: 'sign-up' });
  expect((await ports.routes.get('cedar-valley' as TenantId))?.table).toBe(tenant?.table);
  expect([...store.items.keys()]).toEqual([
    JSON.stringify([tenant?.table, { S: 'cedar-valley' }, { S: 'DISTRICT' }]),
  ]);
});

describe('a repeated sign-up', () => {
  test('changes nothing, also if the district has been renamed since', async () => {
    await signUp(clients, cedarValley);
    await adminOf(ports).renameTenant('cedar-valley', 'Cedar Valley Unified', { by: 'ana' });
    const before = await ports.registry.tenant('cedar-valley' as TenantId);
    await signUp(clients, cedarValley);
    expect(await ports.registry.tenant('cedar-valley' as TenantId)).toEqual(before);
    expect(store.items.size).toBe(1);
  });

  test('writes the first item if an earlier attempt ended after it had registered the district', async () => {
    store.fail('InternalServerError');
    await expect(signUp(clients, cedarValley)).rejects.toThrow();
    expect(await tenants()).toEqual(['cedar-valley']);
    store.fail(undefined);
    await signUp(clients, cedarValley);
    expect(store.items.size).toBe(1);
  });

  test('takes over the table that an interrupted attempt has created', async () => {
    const register = ports.registry.addTable.bind(ports.registry);
    ports.registry.addTable = async () => {
      ports.registry.addTable = register;
      throw new Unavailable('the process has ended');
    };
    await expect(signUp(clients, cedarValley)).rejects.toThrow(Unavailable);
    expect(await collect(ports.registry.tables())).toEqual([]);
    await signUp(clients, cedarValley);
    expect((await collect(ports.registry.tables())).map(({ table }) => table)).toEqual([
      'saas-tenant-data-basic',
    ]);
  });

  test('fails while the district is being removed, and writes nothing', async () => {
    await signUp(clients, cedarValley);
    store.items.clear();
    const tenant = await ports.registry.tenant('cedar-valley' as TenantId);
    const route = await ports.routes.get('cedar-valley' as TenantId);
    if (!tenant || !route) throw new Error('the district is not registered');
    await ports.registry.startRemoval(tenant, route, {
      removalId: 'rem-1',
      runId: '1',
      startedAt: ports.clock.now(),
      startedBy: 'ana',
      routeEpoch: route.epoch,
      leaseMs: route.leaseMs,
    });
    const error = await signUp(signUpProcess(), cedarValley).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RegistrationFailed);
    expect(error).toMatchObject({ code: 'TenantBeingRemoved' });
    expect(store.items.size).toBe(0);
  });

  test('registers a removed district again, with a new route', async () => {
    await signUp(clients, cedarValley);
    const first = await ports.routes.get('cedar-valley' as TenantId);
    await adminOf(ports).removeTenant({ tenantId: 'cedar-valley', by: 'ana' });
    store.items.clear();
    await signUp(clients, cedarValley);
    expect((await ports.routes.get('cedar-valley' as TenantId))?.epoch).toBeGreaterThan(first?.epoch ?? 0);
    expect(store.items.size).toBe(1);
  });
});

describe('an attempt that another process overtakes', () => {
  /** Has another process do something right before the registration's transaction. */
  const beforeRegistration = (work: () => Promise<unknown>) => {
    const add = ports.registry.addTenant.bind(ports.registry);
    ports.registry.addTenant = async (...given) => {
      ports.registry.addTenant = add;
      await work();
      return add(...given);
    };
  };

  test('succeeds if the other process has registered the same district', async () => {
    beforeRegistration(() => signUp(clients, cedarValley));
    await signUp(clients, cedarValley);
    expect(await tenants()).toEqual(['cedar-valley']);
    expect(store.items.size).toBe(1);
  });

  test('takes another table if the other process has taken the last slot', async () => {
    const admin = adminOf(ports);
    const full = await admin.addTable('basic', { by: 'ana', reason: 'test' });
    for (let n = 1; n < full.freeSlots; n += 1)
      await admin.registerTenant({ tenantId: `t-${n}`, name: 't', tier: 'basic', by: 'test' });
    beforeRegistration(() =>
      admin.registerTenant({ tenantId: 'faster', name: 'Faster', tier: 'basic', by: 'test' }),
    );
    await signUp(clients, cedarValley);
    const table = async (id: string) => (await ports.registry.tenant(id as TenantId))?.table;
    expect(await table('faster')).toBe(full.table);
    expect(await table('cedar-valley')).not.toBe(full.table);
  });
});

test('a table that does not match the design is an error of its own, and no item is written', async () => {
  const { table } = await adminOf(ports).addTable('basic', { by: 'ana', reason: 'test' });
  await ports.tables.delete(table);
  await ports.tables.create(table, { ...ports.settings.tableDesign, streamView: 'KEYS_ONLY' });
  const error = await signUp(clients, cedarValley).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(RegistrationFailed);
  expect(error).toMatchObject({ code: 'NotSafe' });
  expect(store.items.size).toBe(0);
});
