import { describe, expect, test } from 'vitest';
import { TenantWriteFenced } from '../../functions/router/tenant-router.ts';
import { fencedRoute, openRoute } from './fake-routes-table.ts';
import { aRouter } from './worlds.ts';

const flipped = openRoute({ table: 'advanced', epoch: 3 });

describe('a read under a fence', () => {
  test('goes to the table of the route, after a request for it each time', async () => {
    const { read, routes, outcome } = aRouter({}, { abc: fencedRoute() });
    for (let i = 0; i < 3; i++) expect(await outcome(read())).toBe('basic');
    expect(routes.asked).toHaveLength(3);
    routes.set(flipped);
    expect(await outcome(read())).toBe('advanced');
  });

  test('ends the use of the route cached before the fence', async () => {
    const { read, write, routes, clock, outcome } = aRouter();
    await outcome(read());
    await clock.advance(600);
    routes.set(fencedRoute());
    await outcome(read());
    routes.failure = new Error('InternalServerError');
    expect(await outcome(write())).toBe(routes.failure);
  });

  test('has the lease of the route for its time', async () => {
    const { read, outcome } = aRouter({}, { abc: fencedRoute({ leaseMs: 300 }) });
    const reading = read('abc', 10_000);
    expect(await outcome(reading, 299)).toBe('pending');
    expect(await outcome(reading, 1)).toMatchObject({ name: 'TenantLeaseExpired' });
  });

  /*
   * In ms: 0 the first read asks; 10 DynamoDB answers "fenced, basic"; 12 the route is flipped, and a process writes to the
   * new table; 14 a second read comes; 20 the answer. In the old table the second read would not see that write.
   */
  test('that starts while a request is under way does not use its answer, because the route may have flipped since', async () => {
    const { read, begun, routes, clock, outcome } = aRouter({}, { abc: fencedRoute() });
    routes.takes(10, 10);
    const first = read();
    await clock.advance(12);
    routes.set(flipped);
    await clock.advance(2);
    const late = [read(), read(), read()];
    expect(await outcome(first, 6)).toBe('basic');
    expect(begun).toHaveLength(1);
    expect(await outcome(Promise.all(late), 20)).toEqual(['advanced', 'advanced', 'advanced']);
    expect(routes.asked.map(({ at }) => at)).toEqual([5_000, 5_020]);
  });

  test('shares the next request with other waiting reads, even if the answer is fenced again', async () => {
    const { read, routes, clock, outcome } = aRouter({}, { abc: fencedRoute() });
    routes.takes(10, 10);
    const first = read();
    await clock.advance(5);
    const late = [read(), read()];
    expect(await outcome(Promise.all([first, ...late]), 35)).toEqual(['basic', 'basic', 'basic']);
    expect(routes.asked.map(({ at }) => at)).toEqual([5_000, 5_020]);
  });

  test('that starts while a request is under way uses its answer if it grants a lease', async () => {
    const { read, routes, clock, outcome } = aRouter();
    routes.takes(10, 10);
    read();
    await clock.advance(14);
    expect(await outcome(read(), 6)).toBe('basic');
    expect(routes.asked).toHaveLength(1);
  });
});

describe('a write under a fence', () => {
  test('waits until the fence is gone, and then goes to the new table', async () => {
    const { write, begun, routes, clock, outcome } = aRouter({}, { abc: fencedRoute() });
    const writing = write();
    expect(await outcome(writing, 2_000)).toBe('pending');
    expect(begun).toEqual([]);
    routes.set(flipped);
    expect(await outcome(writing, 100)).toBe('advanced');
    expect(clock.timers).toBe(0);
  });

  test('polls after short pauses that do not grow, because the flip may come at any time', async () => {
    const { write, routes, clock } = aRouter({}, { abc: fencedRoute() });
    write().catch(() => {});
    await clock.advance(1_000);
    const pauses = routes.asked.slice(1).map(({ at }, i) => at - (routes.asked[i]?.at ?? 0));
    expect(pauses).toHaveLength(28);
    // half-way between 40 and 100 percent of 50
    expect(new Set(pauses)).toEqual(new Set([35]));
  });

  test.each([
    [0, 20],
    [1, 50],
  ])('has pauses with jitter: with %d the first takes %d ms', async (random, first) => {
    const { write, routes, clock } = aRouter({ random: () => random }, { abc: fencedRoute() });
    write().catch(() => {});
    await clock.advance(first);
    expect(routes.asked.map(({ at }) => at)).toEqual([5_000, 5_000 + first]);
  });

  test('polls together with other waiting writes, and with new ones', async () => {
    const alone = aRouter({}, { abc: fencedRoute() });
    alone.write().catch(() => {});
    await alone.clock.advance(1_000);

    const { write, routes, clock, outcome } = aRouter({}, { abc: fencedRoute() });
    const writes = Array.from({ length: 20 }, () => write());
    for (let ms = 0; ms < 1_000; ms += 50) {
      await clock.advance(50);
      writes.push(write());
    }
    expect(routes.asked.length).toBeLessThanOrEqual(alone.routes.asked.length + 1);
    routes.set(flipped);
    expect(await outcome(Promise.all(writes), 100)).toEqual(writes.map(() => 'advanced'));
  });

  test('starts in order with other waiting writes, some at a time', async () => {
    const { router, write, begun, routes, clock, outcome } = aRouter({}, { abc: fencedRoute() });
    const order: number[] = [];
    const writes = Array.from({ length: 20 }, (_, n) =>
      router.write('abc', async () => {
        order.push(n);
        await clock.sleep(1_000);
      }),
    );
    await clock.advance(10);
    routes.set(flipped);
    const begins: number[] = [];
    for (let turns = 0; order.length < 20; turns += 1) {
      expect(turns, 'every write gets its turn').toBeLessThan(200);
      const before = order.length;
      await clock.advanceToNext();
      if (order.length > before) begins.push(order.length - before);
    }
    expect(order).toEqual(writes.map((_, n) => n));
    expect(Math.max(...begins)).toBeLessThanOrEqual(8);
    // a write that arrives now has no other before it
    write();
    await clock.advance(0);
    expect(begun).toHaveLength(1);
    await outcome(Promise.all(writes), 1_000);
  });

  test('gives up after maxWriteWaitMs, and says when to retry', async () => {
    const { write, begun, routes, clock, outcome } = aRouter({ maxWriteWaitMs: 1_000 });
    routes.set(fencedRoute({ deadline: clock.now() + 3_000 }));
    const writing = write();
    expect(await outcome(writing, 999)).toBe('pending');
    const error = await outcome(writing, 100);
    expect(error).toBeInstanceOf(TenantWriteFenced);
    const { waitedMs, retryAfterMs, ...rest } = error as TenantWriteFenced;
    expect(rest).toMatchObject({ name: 'TenantWriteFenced', tenantId: 'abc', retryable: true });
    expect(waitedMs).toBeGreaterThanOrEqual(1_000);
    expect(waitedMs + retryAfterMs).toBe(3_000);
    expect(begun).toEqual([]);
  });

  test('can be configured not to wait', async () => {
    const { write, routes, outcome } = aRouter({ maxWriteWaitMs: 0 }, { abc: fencedRoute() });
    expect(await outcome(write())).toMatchObject({ name: 'TenantWriteFenced', waitedMs: 0 });
    expect(routes.asked).toHaveLength(1);
  });

  test.each([
    ['has passed', -5_000, 100],
    ['is far away because of a wrong clock', 86_400_000, 60_000],
  ])('has a bounded hint if the deadline %s', async (_, left, expected) => {
    const { write, routes, clock, outcome } = aRouter({ maxWriteWaitMs: 0 });
    routes.set(fencedRoute({ deadline: clock.now() + left }));
    expect(await outcome(write())).toMatchObject({ retryAfterMs: expected });
  });

  test('has a hint even if the record has no deadline', async () => {
    const { fence: _, ...withoutDeadline } = fencedRoute();
    const { write, outcome } = aRouter({ maxWriteWaitMs: 0 }, { abc: withoutDeadline });
    expect(await outcome(write())).toMatchObject({ retryAfterMs: 100 });
  });

  test("stops waiting when the caller's signal aborts", async () => {
    const { write, begun, routes, clock, outcome } = aRouter({}, { abc: fencedRoute() });
    const caller = new AbortController();
    const writing = write('abc', 0, { signal: caller.signal });
    await clock.advance(300);
    caller.abort(new Error('enough'));
    expect(await outcome(writing)).toMatchObject({ message: 'enough' });
    routes.set(openRoute());
    await clock.advance(1_000);
    expect(begun).toEqual([]);
  });

  test('of one tenant does not delay those of others', async () => {
    const { write, outcome } = aRouter({}, { abc: fencedRoute(), other: openRoute() });
    write().catch(() => {});
    expect(await outcome(write('other'))).toBe('basic');
  });
});

describe('a lease of 0 ms', () => {
  test('grants nothing: each read asks for itself, and one whose answer is late asks again', async () => {
    const { read, routes, clock, outcome } = aRouter({}, { abc: openRoute({ leaseMs: 0 }) });
    routes.takes(10, 10);
    const first = read();
    await clock.advance(12);
    routes.set(openRoute({ table: 'advanced', leaseMs: 0 }));
    await clock.advance(2);
    const late = read();
    expect(await outcome(first, 6)).toBe('basic');
    expect(await outcome(late, 20)).toBe('advanced');
    expect(await outcome(read(), 20)).toBe('advanced');
    expect(routes.asked).toHaveLength(3);
  });

  test('leaves no time for a write, which waits as under a fence', async () => {
    const { write, routes, outcome } = aRouter({ maxWriteWaitMs: 1_000 }, { abc: openRoute({ leaseMs: 0 }) });
    const writing = write();
    expect(await outcome(writing, 500)).toBe('pending');
    routes.set(openRoute());
    expect(await outcome(writing, 100)).toBe('basic');

    const never = aRouter({ maxWriteWaitMs: 1_000 }, { abc: openRoute({ leaseMs: 0 }) });
    const error = await never.outcome(never.write(), 1_100);
    expect(error).toBeInstanceOf(TenantWriteFenced);
    expect((error as Error).message).toContain('leaseMs of its route is 0');
  });
});
