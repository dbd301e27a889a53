import { isNativeError } from 'node:util/types';
import { ProvisionedThroughputExceededException } from '@aws-sdk/client-dynamodb';
import { describe, expect, test } from 'vitest';
import {
  TenantRouteInvalid,
  TenantRouteNotFound,
  TenantRouter,
  TenantRouteUnavailable,
  TenantRouteUnsupported,
} from '../../functions/router/tenant-router.ts';
import { type Item, openRoute } from './fake-routes-table.ts';
import { aRouter } from './worlds.ts';

const throttled = new Error('ProvisionedThroughputExceededException');

describe('concurrent callers', () => {
  test('share one request for a tenant, and make another for another tenant', async () => {
    const { read, write, routes, clock, outcome } = aRouter({}, { abc: openRoute(), other: openRoute() });
    routes.takes(10, 10);
    const all = [read(), write(), read('other')];
    await clock.advance(15);
    all.push(read());
    expect(await outcome(Promise.all(all), 5)).toEqual(['basic', 'basic', 'basic', 'basic']);
    expect(routes.asked.map(({ tenantId }) => tenantId)).toEqual(['abc', 'other']);
  });

  test('share its failure, which is not cached', async () => {
    const { read, write, routes, outcome } = aRouter();
    routes.failure = throttled;
    const [first, second] = [read(), write()];
    expect(await outcome(Promise.allSettled([first, second]))).toEqual([
      { status: 'rejected', reason: throttled },
      { status: 'rejected', reason: throttled },
    ]);
    expect(routes.asked).toHaveLength(1);
    routes.failure = undefined;
    expect(await outcome(read())).toBe('basic');
  });

  test.each([
    ['TenantRouteNotFound', undefined, { tenantId: 'unknown', retryable: false }],
    [
      'ProvisionedThroughputExceededException',
      new ProvisionedThroughputExceededException({ message: 'slow', $metadata: { httpStatusCode: 400 } }),
      { $fault: 'client', $metadata: { httpStatusCode: 400 } },
    ],
  ])('each get a %s of their own, into which a library may write once', async (name, failure, fields) => {
    const { read, write, routes, outcome } = aRouter();
    routes.failure = failure;
    const { signal } = new AbortController();
    const calls = [read('unknown'), write('unknown'), read('unknown', 0, { signal })];
    const errors = await Promise.all(calls.map((call) => outcome(call)));
    expect(routes.asked).toHaveLength(1);
    expect(new Set(errors).size).toBe(3);
    const [first] = errors;
    for (const error of errors) {
      expect(error).toMatchObject({ name, ...fields });
      expect(isNativeError(error)).toBe(true);
      expect(Object.getPrototypeOf(error)).toBe(Object.getPrototypeOf(first));
      expect(error).toMatchObject({ message: (first as Error).message, stack: (first as Error).stack });
      Object.defineProperty(error, 'parameters', { value: 'of this call' });
    }
  });

  test('share a DOMException, which cannot be copied', async () => {
    const { read, routes, outcome } = aRouter();
    routes.failure = new DOMException('gone', 'AbortError');
    const errors = await Promise.all([read(), read()].map((call) => outcome(call)));
    for (const error of errors) expect(error).toMatchObject({ name: 'AbortError', message: 'gone' });
  });

  test('are not blocked for ever by a request that hangs', async () => {
    const { read, routes, clock, outcome } = aRouter({ routeTimeoutMs: 2_000 });
    routes.takes(1e9, 0);
    const hanging = read();
    expect(await outcome(hanging, 1_999)).toBe('pending');
    expect(await outcome(hanging, 1)).toBeInstanceOf(TenantRouteUnavailable);
    expect(clock.timers, 'the request was aborted').toBe(0);
    routes.takes(0, 0);
    expect(await outcome(read())).toBe('basic');
  });

  test('survive a client that throws at once', async () => {
    const { clock, outcome } = aRouter();
    const client = {
      send: () => {
        throw throttled;
      },
    };
    const router = new TenantRouter({ client, clock });
    for (let i = 0; i < 2; i++) {
      expect(await outcome(router.read('abc', async () => {}))).toBe(throttled);
    }
    expect(clock.timers).toBe(0);
  });
});

describe('a failed refresh', () => {
  test('leaves the route in use while a quarter of its lease is left, and not longer', async () => {
    const { read, write, begun, routes, clock, outcome } = aRouter();
    await outcome(read());
    routes.failure = throttled;
    await clock.advance(600);
    expect(await outcome(write())).toBe('basic');
    await clock.advance(150);
    expect(await outcome(read())).toBe('basic');
    await clock.advance(1);
    expect(await outcome(read())).toBe(throttled);
    expect(begun.map(({ at }) => at)).toEqual([5_000, 5_600, 5_750]);
    expect(routes.asked).toHaveLength(4);
  });

  test('does not leave it in use if the failure took too long', async () => {
    const { read, routes, clock, outcome } = aRouter();
    await outcome(read());
    routes.failure = throttled;
    routes.takes(0, 200);
    await clock.advance(600);
    expect(await outcome(read(), 200)).toBe(throttled);
  });

  test('is repeated with the next call', async () => {
    const { read, routes, clock, outcome } = aRouter();
    await outcome(read());
    routes.failure = throttled;
    await clock.advance(600);
    await outcome(read());
    routes.failure = undefined;
    routes.set(openRoute({ table: 'advanced' }));
    expect(await outcome(read())).toBe('advanced');
  });
});

describe('cached routes', () => {
  const items = { abc: openRoute(), b: openRoute(), c: openRoute() };

  test('are those requested last, up to the limit', async () => {
    const { read, routes, clock, outcome } = aRouter({ maxCachedRoutes: 2 }, items);
    const asks = async (...tenants: string[]) => {
      routes.asked.length = 0;
      for (const tenantId of tenants) await outcome(read(tenantId));
      return routes.asked.map(({ tenantId }) => tenantId);
    };
    expect(await asks('abc', 'b', 'abc', 'b')).toEqual(['abc', 'b']);
    expect(await asks('c', 'b', 'abc')).toEqual(['c', 'abc']);
    await clock.advance(501);
    expect(await asks('c', 'b', 'c', 'b'), 'c, in use, is kept').toEqual(['c', 'b']);
    expect(await asks('c', 'abc', 'b', 'c')).toEqual(['abc', 'c']);
  });

  test('do not exist if the limit is zero', async () => {
    const { read, routes, outcome } = aRouter({ maxCachedRoutes: 0 }, items);
    await outcome(read());
    await outcome(read());
    expect(routes.asked).toHaveLength(2);
  });
});

describe("the caller's own signal", () => {
  const reason = new Error('the client went away');

  test('ends the wait for the route, and other callers keep waiting', async () => {
    const { read, begun, routes, clock, outcome } = aRouter();
    routes.takes(10, 10);
    const caller = new AbortController();
    const [given, other] = [read('abc', 0, { signal: caller.signal }), read()];
    await clock.advance(15);
    caller.abort(reason);
    expect(await outcome(given)).toBe(reason);
    expect(await outcome(other, 5)).toBe('basic');
    expect(begun).toHaveLength(1);
    expect(routes.asked).toHaveLength(1);
  });

  test('aborts the operation with its reason, which is not the end of a lease', async () => {
    const { write, begun, clock, outcome } = aRouter();
    const caller = new AbortController();
    const writing = write('abc', 900, { signal: caller.signal });
    await clock.advance(100);
    caller.abort(reason);
    expect(await outcome(writing)).toBe(reason);
    expect(begun[0]?.signal.reason).toBe(reason);
    expect(clock.timers).toBe(0);
  });

  test('that aborts between the answer and its use starts nothing', async () => {
    const { router, read, begun, outcome } = aRouter();
    const caller = new AbortController();
    router.read('abc', async () => caller.abort(reason));
    expect(await outcome(read('abc', 0, { signal: caller.signal }))).toBe(reason);
    expect(begun).toEqual([]);
  });

  test('that has already aborted requests nothing and starts nothing', async () => {
    const { read, write, begun, routes, outcome } = aRouter();
    const signal = AbortSignal.abort(reason);
    expect(await outcome(read('abc', 0, { signal }))).toBe(reason);
    expect(await outcome(write('abc', 0, { signal }))).toBe(reason);
    expect([begun, routes.asked]).toEqual([[], []]);
  });
});

describe('an unusable route', () => {
  test('is not found for an unknown tenant, and found once it exists', async () => {
    const { read, routes, outcome } = aRouter({ routesTable: 'my-routes' });
    const error = await outcome(read('unknown'));
    expect(error).toBeInstanceOf(TenantRouteNotFound);
    expect(error).toMatchObject({ tenantId: 'unknown', retryable: false });
    expect((error as Error).message).toBe(
      "tenant unknown: there is no route in my-routes. The operation was not started. Check the tenant's id.",
    );
    routes.items.set('unknown', openRoute());
    expect(await outcome(read('unknown'))).toBe('basic');
  });

  test('ends the use of the cached one: it is an answer, not a failure to get one', async () => {
    const { read, routes, clock, outcome } = aRouter();
    await outcome(read());
    await clock.advance(600);
    routes.items.clear();
    expect(await outcome(read())).toBeInstanceOf(TenantRouteNotFound);
    routes.failure = throttled;
    expect(await outcome(read())).toBe(throttled);
  });

  const M = (deadline: Item[string]): Item[string] => ({ M: { migrationId: { S: 'm' }, deadline } });
  const broken: [attribute: string, wrong: Partial<Item>][] = [
    ['table', { table: undefined }],
    ['table', { table: { S: '' } }],
    ['table', { table: { N: '1' } }],
    ['epoch', { epoch: { S: '1' } }],
    ['epoch', { epoch: { N: 'NaN' } }],
    ['writes', { writes: { S: 'closed' } }],
    ['writes', { writes: undefined }],
    ['protocol', { protocol: { S: '1' } }],
    ['protocol', { protocol: { N: '0' } }],
    ['protocol', { protocol: { N: '1.5' } }],
    ['leaseMs', { leaseMs: undefined }],
    ['leaseMs', { leaseMs: { N: '-1' } }],
    ['leaseMs', { leaseMs: { N: '' } }],
    ['leaseMs', { leaseMs: { N: '1e999' } }],
    ['fence.deadline', { fence: { S: 'mig-1' } }],
    ['fence.deadline', { fence: M({ S: 'soon' }) }],
  ];
  test.each(broken)('is invalid, with %s named: %j', async (attribute, wrong) => {
    const item = Object.fromEntries(
      Object.entries({ ...openRoute(), ...wrong }).filter(([, value]) => value),
    ) as Item;
    const { read, begun, outcome } = aRouter({}, { abc: item });
    const error = await outcome(read());
    expect(error).toBeInstanceOf(TenantRouteInvalid);
    expect((error as Error).message).toContain(`tenant abc: ${attribute} of its route is not`);
    expect(begun).toEqual([]);
  });

  test('of a newer protocol is refused by its number, and no longer used', async () => {
    const { read, begun, routes, clock, outcome } = aRouter(
      {},
      { abc: { ...openRoute(), protocol: { N: '1' } } },
    );
    expect(await outcome(read())).toBe('basic');
    await clock.advance(600);
    // nothing else of it is read: another protocol may give each attribute another meaning
    routes.set({ protocol: { N: '2' } });
    const error = await outcome(read());
    expect(error).toBeInstanceOf(TenantRouteUnsupported);
    expect(error).toMatchObject({ name: 'TenantRouteUnsupported', protocol: 2, retryable: false });
    expect((error as Error).message).toContain('its route has protocol 2, and this router supports 1');
    routes.failure = throttled;
    expect(await outcome(read())).toBe(throttled);
    expect(begun).toHaveLength(1);
  });

  test('is not invalid because of fields that the router does not know', async () => {
    const capture: Item[string] = { M: { migrationId: { S: 'm' }, tables: { M: {} } } };
    const { read, outcome } = aRouter({}, { abc: { ...openRoute(), capture, later: { BOOL: true } } });
    expect(await outcome(read())).toBe('basic');
  });
});
