import { GetItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import { routedClient } from '../../../functions/router/client/routed-client.ts';
import { UnderLeases } from '../../../functions/router/client/under-leases.ts';
import { type RouterHooks, TenantRouter } from '../../../functions/router/router.ts';
import { until } from '../../support/until.ts';
import { VirtualClock } from '../virtual-clock.ts';
import { FakeDynamoDb } from './fake-dynamodb.ts';

const TABLE = 'school-data';
const Key = { tenantId: { S: 'cedar-valley' }, entityKey: { S: 'SCHOOL#1' } };
const LEASE_MS = 1_000;

const routed = (hooks: RouterHooks = {}) => {
  const dynamodb = new FakeDynamoDb();
  const clock = new VirtualClock();
  const client = dynamodb.client();
  dynamodb.routes.set('cedar-valley', { table: 'tier-basic', leaseMs: LEASE_MS });
  const router = new TenantRouter({ client, clock, hooks, maxWriteWaitMs: 100 });
  return { dynamodb, clock, router, client: routedClient(client, { table: TABLE, router }) };
};
const get = () => new GetItemCommand({ TableName: TABLE, Key });
const put = () => new PutItemCommand({ TableName: TABLE, Item: Key });

/** Lets the clock advance until the promise has ended, and returns it. */
const outcomeOf = async <T>(clock: VirtualClock, promise: Promise<T>): Promise<T> => {
  let hasEnded = false;
  const note = () => {
    hasEnded = true;
  };
  promise.then(note, note);
  await until('the request to end', async () => {
    await clock.advance(50);
    return hasEnded;
  });
  return promise;
};

test('a read whose lease ended is sent again, on the table that is live then', async () => {
  const { dynamodb, clock, client } = routed();
  dynamodb.answer = ({ body }) => {
    if (body.TableName === 'tier-advanced') return { Item: Key };
    clock.pass(LEASE_MS);
    dynamodb.routes.set('cedar-valley', { table: 'tier-advanced', leaseMs: LEASE_MS });
    return {};
  };
  expect((await client.send(get())).Item).toEqual(Key);
  expect(dynamodb.sent.map(({ body }) => body.TableName)).toEqual(['tier-basic', 'tier-advanced']);
});

test('a read whose lease ends every time gives up after three', async () => {
  const { dynamodb, clock, client } = routed();
  dynamodb.answer = () => {
    clock.pass(LEASE_MS);
    return {};
  };
  await expect(client.send(get())).rejects.toMatchObject({ name: 'TenantLeaseExpired' });
  expect(dynamodb.sent).toHaveLength(3);
});

test('a read that the caller aborted is not sent again', async () => {
  const { dynamodb, clock, client } = routed();
  const caller = new AbortController();
  dynamodb.answer = () => {
    caller.abort();
    clock.pass(LEASE_MS);
    return {};
  };
  await expect(client.send(get(), { abortSignal: caller.signal })).rejects.toThrow();
  expect(dynamodb.sent).toHaveLength(1);
});

test('a write whose lease ended after it was sent is not sent again: its outcome is unknown', async () => {
  const { dynamodb, clock, client } = routed();
  dynamodb.answer = () => {
    clock.pass(LEASE_MS);
    return {};
  };
  await expect(client.send(put())).rejects.toMatchObject({ name: 'TenantLeaseExpired', succeeded: true });
  expect(dynamodb.sent).toHaveLength(1);
});

test('a write whose lease ended before it was sent is started again, and sent once', async () => {
  const { dynamodb, clock, client, router } = routed();
  let busy = 0;
  const command = put();
  command.middlewareStack.add(
    (next) => async (args) => {
      busy += 1;
      if (busy === 1) clock.pass(LEASE_MS);
      return next(args);
    },
    { step: 'build', name: 'busy' },
  );
  await client.send(command);
  expect(busy).toBe(2);
  expect(dynamodb.sent).toHaveLength(1);
  expect(await router.read('cedar-valley', async (table) => table)).toBe('tier-basic');
});

test('a write whose leases end before it is sent, for 10 s, says that nothing was sent', async () => {
  const { clock, router } = routed();
  const leases = new UnderLeases(router, () => clock.monotonic());
  let starts = 0;
  const writing = leases.run(
    { access: 'write', tenants: ['cedar-valley'], signal: undefined },
    async ({ beforeSending }) => {
      starts += 1;
      clock.pass(LEASE_MS);
      beforeSending();
    },
  );
  await expect(writing).rejects.toMatchObject({
    name: 'TenantWriteNotSent',
    retryable: true,
    tenantId: 'cedar-valley',
    cause: { name: 'TenantLeaseExpired' },
  });
  expect(starts).toBe(11);
});

test('a transaction that uses up a lease at the fence of another tenant has not been sent, and is started again', async () => {
  const dynamodb = new FakeDynamoDb();
  const clock = new VirtualClock();
  const router = new TenantRouter({ client: dynamodb.client(), clock, maxWriteWaitMs: 60_000 });
  const leases = new UnderLeases(router, () => clock.monotonic());
  dynamodb.routes.set('big-district', { table: 'tier-premium', leaseMs: LEASE_MS });
  dynamodb.routes.set('cedar-valley', { table: 'tier-basic', writes: 'fenced' });
  const sent: string[][] = [];
  const tenants = ['cedar-valley', 'big-district'];
  const writing = leases.run(
    { access: 'write', tenants, signal: undefined },
    async ({ tableOf, beforeSending }) => {
      beforeSending();
      sent.push(tenants.map(tableOf));
    },
  );
  // the lease of the first tenant ends several times while the other is fenced
  for (let passed = 0; passed < 4 * LEASE_MS; passed += 50) await clock.advance(50);
  expect(sent).toEqual([]);
  dynamodb.routes.set('cedar-valley', { table: 'tier-advanced' });
  await outcomeOf(clock, writing);
  expect(sent).toEqual([['tier-advanced', 'tier-premium']]);
});

test('an attempt that the SDK repeats counts as sent', async () => {
  const { dynamodb, clock } = routed();
  const client = dynamodb.client({ maxAttempts: 2 });
  const router = new TenantRouter({ client, clock });
  const retrying = routedClient(client, { table: TABLE, router });
  dynamodb.answer = () => {
    clock.pass(LEASE_MS);
    throw Object.assign(new Error('connection lost'), { name: 'TimeoutError' });
  };
  const update = new UpdateItemCommand({ TableName: TABLE, Key });
  await expect(retrying.send(update)).rejects.toMatchObject({ name: 'TenantLeaseExpired' });
  // the second attempt was not sent: the lease had ended
  expect(dynamodb.sent).toHaveLength(1);
});

test('hooks report requests for routes, ends of leases and waits at a fence, and may fail', async () => {
  const noted: unknown[] = [];
  const { dynamodb, clock, client } = routed({
    routeRead: ({ tenantId, error }) => noted.push(`route of ${tenantId}${error ? ' failed' : ''}`),
    leaseEnded: ({ tenantId, operation }) => {
      noted.push(`lease of ${tenantId} ended in a ${operation}`);
      throw new Error('a metric that fails');
    },
    fenceWaited: ({ tenantId, gaveUp }) => noted.push(`${tenantId} ${gaveUp ? 'gave up' : 'waited'}`),
  });
  dynamodb.answer = () => {
    clock.pass(LEASE_MS);
    return {};
  };
  await expect(client.send(put())).rejects.toMatchObject({ name: 'TenantLeaseExpired' });
  expect(noted).toEqual(['route of cedar-valley', 'lease of cedar-valley ended in a write']);

  noted.length = 0;
  dynamodb.answer = () => ({});
  dynamodb.routes.set('cedar-valley', { table: 'tier-basic', writes: 'fenced' });
  await expect(outcomeOf(clock, client.send(put()))).rejects.toMatchObject({ name: 'TenantWriteFenced' });
  expect(noted.at(-1)).toBe('cedar-valley gave up');

  noted.length = 0;
  const before = dynamodb.routesRead;
  const waiting = client.send(put());
  await until('the write to meet the fence', () => dynamodb.routesRead > before);
  dynamodb.routes.set('cedar-valley', { table: 'tier-advanced', leaseMs: LEASE_MS });
  await outcomeOf(clock, waiting);
  expect(noted).toContain('cedar-valley waited');

  noted.length = 0;
  dynamodb.routes.delete('cedar-valley');
  clock.pass(LEASE_MS);
  await expect(client.send(get())).rejects.toMatchObject({ name: 'TenantRouteNotFound' });
  expect(noted).toEqual(['route of cedar-valley failed']);
});
