import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { TenantLeaseExpired, TenantRouteUnavailable } from '../../functions/router/tenant-router.ts';
import { fencedRoute, openRoute } from './fake-routes-table.ts';
import { aRouter } from './worlds.ts';

test('the route is requested with one consistent read, and used again while at least half of its lease is left', async () => {
  const { read, write, routes, clock, outcome } = aRouter();
  expect(await outcome(read())).toBe('basic');
  await clock.advance(250);
  expect(await outcome(write())).toBe('basic');
  await clock.advance(250);
  expect(await outcome(read())).toBe('basic');
  expect(routes.asked).toEqual([{ tenantId: 'abc', at: 5_000, consistent: true }]);
});

test('with less than half of the lease left the route is requested again', async () => {
  const { read, routes, clock, outcome } = aRouter();
  await outcome(read());
  await clock.advance(501);
  routes.set(openRoute({ table: 'advanced' }));
  expect(await outcome(read())).toBe('advanced');
  await clock.advance(500);
  expect(await outcome(read())).toBe('advanced');
  expect(routes.asked.map(({ at }) => at)).toEqual([5_000, 5_501]);
});

test('the lease counts from before the request, not from its answer', async () => {
  const { read, begun, routes, outcome } = aRouter();
  routes.takes(0, 400);
  const reading = read('abc', 10_000);
  expect(await outcome(reading, 999)).toBe('pending');
  expect(begun[0]?.signal.aborted).toBe(false);
  expect(await outcome(reading, 1)).toBeInstanceOf(TenantLeaseExpired);
  expect(begun[0]).toMatchObject({ at: 5_400 });
});

test('a wall clock that is set back changes nothing', async () => {
  const { read, begun, routes, clock, outcome } = aRouter();
  const reading = read('abc', 10_000);
  await clock.advance(400);
  clock.setWall(clock.now() - 86_400_000);
  await outcome(read());
  expect(routes.asked).toHaveLength(1);
  expect(await outcome(reading, 599)).toBe('pending');
  expect(await outcome(reading, 1)).toBeInstanceOf(TenantLeaseExpired);
  expect(begun).toHaveLength(2);
});

test('a wall clock that jumps ahead ends leases early, and the next call requests the route', async () => {
  const { read, write, routes, clock, outcome } = aRouter();
  const reading = read('abc', 10_000);
  await clock.advance(400);
  clock.setWall(clock.now() + 86_400_000);
  expect(await outcome(write())).toBe('basic');
  expect(routes.asked).toHaveLength(2);
  expect(await outcome(reading, 100)).toBeInstanceOf(TenantLeaseExpired);
  await clock.advance(400);
  expect(await outcome(write())).toBe('basic');
  expect(routes.asked, 'the new lease lasts as long as any').toHaveLength(2);
});

test('F1: a process that was suspended requests the route before it writes', async () => {
  const { write, read, routes, clock, outcome } = aRouter();
  expect(await outcome(write())).toBe('basic');
  clock.suspend(3_600_000);
  routes.set(openRoute({ table: 'advanced' }));
  expect(await outcome(write())).toBe('advanced');
  expect(await outcome(read())).toBe('advanced');
  expect(routes.asked).toHaveLength(2);
});

test('F1: a process that was suspended has no old lease to use when the routes table fails', async () => {
  const { write, begun, routes, clock, outcome } = aRouter();
  await outcome(write());
  clock.suspend(751);
  routes.failure = new Error('InternalServerError');
  expect(await outcome(write())).toBe(routes.failure);
  expect(begun).toHaveLength(1);
});

test('F1: an answer that arrived during a suspension is old, and requested again', async () => {
  const { write, routes, clock, outcome } = aRouter();
  routes.takes(10, 10);
  const writing = write();
  await clock.advance(15);
  clock.suspend(1_000);
  routes.set(openRoute({ table: 'advanced' }));
  expect(await outcome(writing, 25)).toBe('advanced');
});

test('F1: an operation that was suspended sees the abort before it sends, though no timer has fired', async () => {
  const { router, clock, outcome } = aRouter();
  const seen: boolean[] = [];
  const writing = router.write('abc', async (_, { signal }) => {
    clock.suspend(999);
    seen.push(signal.aborted);
    clock.suspend(1);
    seen.push(signal.aborted);
    signal.throwIfAborted();
  });
  expect(await outcome(writing)).toBeInstanceOf(TenantLeaseExpired);
  expect(seen).toEqual([false, true]);
});

test('F1: a request under way during a suspension is aborted soon after, not when its timer would be due', async () => {
  const { write, begun, routes, clock, outcome } = aRouter({}, { abc: openRoute({ leaseMs: 30_000 }) });
  const writing = write('abc', 20_000);
  await clock.advance(10);
  clock.suspend(60_000);
  // a socket does not read `aborted`; it waits for the event
  let aborts = 0;
  begun[0]?.signal.addEventListener('abort', () => {
    aborts += 1;
  });
  expect(await outcome(writing, 100)).toBeInstanceOf(TenantLeaseExpired);
  expect(aborts).toBe(1);
  expect(clock.timers).toBe(0);
  expect(routes.asked).toHaveLength(1);
});

test('F1: writes that waited for a fence request the route again if the process was suspended before they start', async () => {
  const { router, routes, clock, outcome } = aRouter({}, { abc: fencedRoute() });
  const tables: string[] = [];
  const writes = Array.from({ length: 20 }, () =>
    router.write('abc', async (table) => {
      tables.push(table);
    }),
  );
  await clock.advance(10);
  routes.set(openRoute());
  while (tables.length === 0) await clock.advanceToNext();
  const begunBefore = tables.length;
  expect(begunBefore).toBeLessThan(20);
  clock.suspend(1_000);
  routes.set(openRoute({ table: 'advanced' }));
  await outcome(Promise.all(writes), 100);
  expect(tables.slice(begunBefore)).toEqual(Array.from({ length: 20 - begunBefore }, () => 'advanced'));
});

test('F1: a failure after a suspension is unknown, because its condition was checked against a table that may have been left', async () => {
  const { router, clock, outcome } = aRouter();
  const failure = new Error('ConditionalCheckFailedException');
  const error = await outcome(
    router.write('abc', async () => {
      clock.suspend(1_000);
      throw failure;
    }),
  );
  expect(error).toBeInstanceOf(TenantLeaseExpired);
  expect((error as Error).cause).toBe(failure);
});

test('a lease that a jump of the wall clock ended stays ended when the clock is set right', async () => {
  const { router, clock, outcome } = aRouter();
  const error = await outcome(
    router.write('abc', async (_, { signal }) => {
      clock.setWall(clock.now() + 86_400_000);
      expect(signal.aborted).toBe(true);
      clock.setWall(clock.now() - 86_400_000);
      signal.throwIfAborted();
    }),
  );
  expect(error).toBeInstanceOf(TenantLeaseExpired);
});

test("at the lease's end the signal aborts, and the error says that the outcome is unknown", async () => {
  const { write, begun, outcome } = aRouter();
  const error = await outcome(write('abc', 10_000), 1_000);
  expect(error).toBeInstanceOf(TenantLeaseExpired);
  expect(error).toMatchObject({ name: 'TenantLeaseExpired', tenantId: 'abc', retryable: false });
  expect(error).toMatchObject({ succeeded: false, result: undefined });
  expect((error as Error).cause).toBe(begun[0]?.signal.reason);
  expect(begun[0]?.signal.reason).toMatchObject({ name: 'AbortError' });
});

test.each([
  ['suspended', 'suspend'],
  ['busy', 'pass'],
] as const)(
  'F17: a write that succeeds after its lease is unknown, not done: the process was %s',
  async (_, how) => {
    const { router, clock, outcome } = aRouter();
    const writing = router.write('abc', async () => {
      clock[how](1_000);
      return 'answer';
    });
    const error = await outcome(writing);
    expect(error).toBeInstanceOf(TenantLeaseExpired);
    expect(error).toMatchObject({ succeeded: true, result: 'answer', retryable: false });
    expect(error).not.toHaveProperty('cause');
    expect(clock.timers).toBe(0);
  },
);

test('F17: a write that ignores the signal and succeeds after its lease is unknown, not done', async () => {
  const { router, clock, outcome } = aRouter();
  const writing = router.write('abc', () => clock.sleep(2_000));
  const error = await outcome(writing, 2_000);
  expect(error).toBeInstanceOf(TenantLeaseExpired);
  expect(error, 'it returned nothing, and that is no failure').toMatchObject({ succeeded: true });
});

test('F17: so is a read, because its result may come from a table that was left', async () => {
  const { router, clock, outcome } = aRouter({}, { abc: fencedRoute() });
  const reading = router.read('abc', async () => {
    clock.suspend(1_000);
    return 'stale';
  });
  expect(await outcome(reading)).toMatchObject({
    name: 'TenantLeaseExpired',
    succeeded: true,
    result: 'stale',
  });
});

test('F17: a loggable error does not contain what was read', async () => {
  const { router, clock, outcome } = aRouter();
  const reading = router.read('abc', async () => {
    clock.pass(1_000);
    return "a pupil's name";
  });
  const error = await outcome(reading);
  expect(inspect(error)).toContain('TenantLeaseExpired');
  expect(inspect(error) + JSON.stringify(error)).not.toContain('pupil');
});

test('a result within the lease counts, to the last millisecond', async () => {
  const { router, clock, outcome } = aRouter();
  const writing = router.write('abc', async () => {
    clock.suspend(999);
    return 'done';
  });
  expect(await outcome(writing)).toBe('done');
});

test('an operation that fails within its lease throws its own error, and leaves no timer', async () => {
  const { router, clock, outcome } = aRouter();
  const failure = new Error('ConditionalCheckFailedException');
  expect(await outcome(router.write('abc', () => Promise.reject(failure)))).toBe(failure);
  const thrown = router.read('abc', () => {
    throw failure;
  });
  expect(await outcome(thrown)).toBe(failure);
  expect(clock.timers).toBe(0);
});

test('a process that was busy until after the lease sees the abort before it sends, though no timer has fired', async () => {
  const { router, clock, outcome } = aRouter();
  const seen: boolean[] = [];
  const writing = router.write('abc', async (_, { signal }) => {
    seen.push(signal.aborted);
    clock.pass(1_001);
    seen.push(signal.aborted);
    signal.throwIfAborted();
  });
  expect(await outcome(writing)).toBeInstanceOf(TenantLeaseExpired);
  expect(seen).toEqual([false, true]);
});

test('of many callers waiting for one answer, none starts after the others have used the lease up', async () => {
  const { router, routes, clock, outcome } = aRouter();
  const shares: number[] = [];
  const askedAt = () => routes.asked.at(-1)?.at ?? 0;
  const busy = async () => {
    shares.push(1 - (clock.monotonic() - askedAt()) / 1_000);
    clock.pass(300);
  };
  const all = Promise.all(Array.from({ length: 6 }, () => router.write('abc', busy)));
  await outcome(all, 100);
  expect(shares).toHaveLength(6);
  for (const share of shares) expect(share).toBeGreaterThanOrEqual(0.5);
  expect(routes.asked).toHaveLength(3);
});

test('an answer that arrives with less than half of its lease left is requested again, ten times at most', async () => {
  const { read, begun, routes, outcome } = aRouter();
  const takes = [600, 600, 400];
  routes.delay = () => ({ there: takes.shift() ?? 600, answerMs: 0 });
  expect(await outcome(read(), 1_600)).toBe('basic');
  expect(begun.map(({ at }) => at)).toEqual([6_600]);

  const slow = aRouter();
  slow.routes.takes(300, 300);
  const error = await slow.outcome(slow.write(), 6_000);
  expect(error).toBeInstanceOf(TenantRouteUnavailable);
  expect(error).toMatchObject({ retryable: true });
  expect(slow.begun).toEqual([]);
  expect(slow.routes.asked).toHaveLength(10);
});

const LEASES = { abc: openRoute({ leaseMs: 1_000 }), xyz: openRoute({ table: 'premium', leaseMs: 1_000 }) };

test('F18: a call with a signal of AbortSignal.any that is sent after the lease does not count as done', async () => {
  const { router, clock, outcome } = aRouter();
  const error = await outcome(
    router.write('abc', async (_, { signal }) => {
      // the version of Node decides whether its `aborted` reads the signals that it was made of
      const any = AbortSignal.any([signal, new AbortController().signal]);
      clock.suspend(1_000);
      return any instanceof AbortSignal && 'sent';
    }),
  );
  expect(error).toBeInstanceOf(TenantLeaseExpired);
  expect(error).toMatchObject({ succeeded: true, result: 'sent' });
});

test("the caller's own signal, passed to the router, aborts the operation's without losing its exactness", async () => {
  const { write, begun, clock, outcome } = aRouter();
  const callers = new AbortController();
  const writing = write('abc', 10_000, { signal: callers.signal });
  await clock.advance(1);
  callers.abort(new Error('the client has gone'));
  expect(begun[0]?.signal.aborted).toBe(true);
  expect(await outcome(writing)).toMatchObject({ message: 'the client has gone' });
});

test.each([
  ['the outer', { abc: 600, xyz: 1_000 }],
  ['the inner', { abc: 1_000, xyz: 600 }],
])(
  'F18: a transaction over two tenants has both leases: no call of it is sent once %s has ended',
  async (_, leases) => {
    const { router, clock, outcome } = aRouter(
      {},
      {
        abc: openRoute({ leaseMs: leases.abc }),
        xyz: openRoute({ table: 'premium', leaseMs: leases.xyz }),
      },
    );
    const seen: unknown[] = [];
    const error = await outcome(
      router.write('abc', (tableOfOne, one) =>
        router.write(
          'xyz',
          async (tableOfOther, { signal }) => {
            seen.push([tableOfOne, tableOfOther], signal.aborted);
            clock.suspend(600);
            // as the SDK does before it sends
            seen.push(signal.aborted);
            signal.throwIfAborted();
          },
          { signal: one.signal },
        ),
      ),
    );
    expect(seen).toEqual([['basic', 'premium'], false, true]);
    expect(error).toBeInstanceOf(TenantLeaseExpired);
  },
);

test('a transaction over two tenants that succeeds once the lease of either has ended is unknown', async () => {
  const { router, clock, outcome } = aRouter({}, LEASES);
  const error = await outcome(
    router.write('abc', () =>
      router.write('xyz', async () => {
        clock.pass(1_000);
        return 'answer';
      }),
    ),
  );
  expect(error).toBeInstanceOf(TenantLeaseExpired);
});
