import { expect, test } from 'vitest';
import { TenantLeaseExpired, TenantRouteUnavailable } from '../../functions/router/tenant-router.ts';
import { openRoute } from './fake-routes-table.ts';
import { aRouter } from './worlds.ts';

test('the route is asked for consistently, once, and used again while at least half of its lease is left', async () => {
  const { read, write, routes, clock, outcome } = aRouter();
  expect(await outcome(read())).toBe('basic');
  await clock.advance(250);
  expect(await outcome(write())).toBe('basic');
  await clock.advance(250);
  expect(await outcome(read())).toBe('basic');
  expect(routes.asked).toEqual([{ tenantId: 'abc', at: 5_000, consistent: true }]);
});

test('with less than half of the lease left the route is asked for again', async () => {
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

test('a wall clock that jumps, either way, changes nothing', async () => {
  for (const jump of [-86_400_000, 86_400_000]) {
    const { read, begun, routes, clock, outcome } = aRouter();
    const reading = read('abc', 10_000);
    await clock.advance(400);
    clock.setWall(clock.now() + jump);
    await outcome(read());
    expect(routes.asked).toHaveLength(1);
    expect(await outcome(reading, 599)).toBe('pending');
    expect(await outcome(reading, 1)).toBeInstanceOf(TenantLeaseExpired);
    expect(begun).toHaveLength(2);
  }
});

test("at the lease's end the signal aborts, and the failure says that the outcome is unknown", async () => {
  const { write, begun, outcome } = aRouter();
  const error = await outcome(write('abc', 10_000), 1_000);
  expect(error).toBeInstanceOf(TenantLeaseExpired);
  expect(error).toMatchObject({ name: 'TenantLeaseExpired', tenantId: 'abc', retryable: false });
  expect((error as Error).cause).toBe(begun[0]?.signal.reason);
  expect(begun[0]?.signal.reason).toMatchObject({ name: 'AbortError' });
});

test('an operation that succeeds although its lease has ended has its value', async () => {
  const { router, clock, outcome } = aRouter();
  const writing = router.write('abc', async () => {
    await clock.sleep(2_000);
    return 'done';
  });
  expect(await outcome(writing, 2_000)).toBe('done');
});

test('an operation that fails within its lease has its own error, and leaves no timer', async () => {
  const { router, clock, outcome } = aRouter();
  const failure = new Error('ConditionalCheckFailedException');
  expect(await outcome(router.write('abc', () => Promise.reject(failure)))).toBe(failure);
  const thrown = router.read('abc', () => {
    throw failure;
  });
  expect(await outcome(thrown)).toBe(failure);
  expect(clock.timers).toBe(0);
});

test('a process that was busy until after the lease is told so before it sends, though no timer has fired', async () => {
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

test('of many that wait for one answer none begins when the others have used the lease up', async () => {
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

test('an answer that comes with less than half of its lease left is asked for again, ten times at most', async () => {
  const { read, begun, routes, outcome } = aRouter();
  const takes = [600, 600, 400];
  routes.delay = () => ({ there: takes.shift() ?? 600, back: 0 });
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
