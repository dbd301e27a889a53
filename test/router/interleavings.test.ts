import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TenantRouter } from '../../functions/router/tenant-router.ts';
import { FakeRoutesTable, fencedRoute, openRoute } from './fake-routes-table.ts';
import { type Asked, type History, type Sent, type State, violations } from './history.ts';
import { VirtualClock } from './virtual-clock.ts';

/** Any cutovers that keep to the protocol: each lease is waited out, and not a millisecond more where `slack` is 0. */
const cutovers = fc
  .array(
    fc.record({
      openMs: fc.nat(300),
      leaseMs: fc.integer({ min: 1, max: 200 }),
      shortMs: fc.nat(100),
      slackMs: fc.nat(30),
      fencedMs: fc.nat(150),
      flips: fc.boolean(),
    }),
    { minLength: 1, maxLength: 4 },
  )
  .map((all) => {
    let table = 'basic';
    let at = 0;
    const states: State[] = [];
    for (const { openMs, leaseMs, shortMs, slackMs, fencedMs, flips } of all) {
      const short = Math.min(leaseMs, shortMs);
      states.push({ from: at, table, writes: 'open', leaseMs });
      at += openMs;
      states.push({ from: at, table, writes: 'open', leaseMs: short });
      at += leaseMs + slackMs;
      states.push({ from: at, table, writes: 'fenced', leaseMs: short });
      at += flips ? short + slackMs : fencedMs;
      if (flips) table = table === 'basic' ? 'advanced' : 'basic';
    }
    return [...states, { from: at, table, writes: 'open', leaseMs: 100 } as const];
  });

interface Operation {
  readonly afterMs: number;
  readonly kind: 'read' | 'write';
  /** After a call the process waits for it, or is busy. */
  readonly calls: readonly { readonly ms: number; readonly isBusy: boolean }[];
}
const operations: fc.Arbitrary<Operation[]> = fc.array(
  fc.record({
    afterMs: fc.nat(60),
    kind: fc.constantFrom('read', 'write'),
    calls: fc.array(fc.record({ ms: fc.nat(60), isBusy: fc.boolean() }), { minLength: 1, maxLength: 3 }),
  }),
  { minLength: 1, maxLength: 40 },
);

const delays = fc.array(fc.record({ there: fc.nat(40), back: fc.nat(40) }), { minLength: 1, maxLength: 10 });

/** The moments of a history count from its beginning. */
const play = async (
  states: readonly State[],
  given: readonly Operation[],
  ways: readonly { there: number; back: number }[],
): Promise<History & { ended: number }> => {
  const clock = new VirtualClock();
  const begin = clock.monotonic();
  const routes = new FakeRoutesTable(clock);
  const asked: Asked[] = [];
  const sent: Sent[] = [];
  routes.delay = () => {
    const way = ways[asked.length % ways.length] ?? { there: 0, back: 0 };
    const sentAt = clock.monotonic() - begin;
    asked.push({ sentAt, lookedAt: sentAt + way.there });
    return way;
  };
  routes.lookUp = (_, at) => {
    const { table, leaseMs, writes } = states.findLast(({ from }) => from <= at - begin) as State;
    return writes === 'open' ? openRoute({ table, leaseMs }) : fencedRoute({ table, leaseMs });
  };
  const router = new TenantRouter({ client: routes, clock, random: () => 0 });
  let ended = 0;
  for (const { afterMs, kind, calls } of given) {
    await clock.advance(afterMs);
    const calledAt = clock.monotonic() - begin;
    router[kind]('abc', async (table, { signal }) => {
      for (const [i, { ms, isBusy }] of calls.entries()) {
        // its beginning needs a lease like what it sends
        if (i > 0) signal.throwIfAborted();
        sent.push({ kind, calledAt, sentAt: clock.monotonic() - begin, table });
        if (isBusy) clock.pass(ms);
        else await clock.sleep(ms, signal);
      }
    })
      .catch(() => {})
      .finally(() => {
        ended += 1;
      });
  }
  await clock.advance(60_000);
  expect(clock.timers).toBe(0);
  return { states, asked, sent, ended };
};

test('whatever the route does, and whenever: no call without a lease, none to a table that is not live', async () => {
  let sent = 0;
  await fc.assert(
    fc.asyncProperty(cutovers, operations, delays, async (states, given, ways) => {
      const history = await play(states, given, ways);
      expect(violations(history)).toEqual([]);
      expect(history.ended).toBe(given.length);
      sent += history.sent.length;
    }),
    { numRuns: 300 },
  );
  expect(sent).toBeGreaterThan(300);
}, 120_000);

describe('the check finds', () => {
  const states: State[] = [
    { from: 0, table: 'basic', writes: 'open', leaseMs: 100 },
    { from: 50, table: 'basic', writes: 'fenced', leaseMs: 100 },
    { from: 200, table: 'advanced', writes: 'open', leaseMs: 100 },
  ];
  const found = (sent: Partial<Sent>, ...asked: Asked[]) =>
    violations({ states, asked, sent: [{ kind: 'read', calledAt: 0, sentAt: 0, table: 'basic', ...sent }] });

  test('a use after the lease', () => {
    expect(found({ sentAt: 99 }, { sentAt: 0, lookedAt: 10 })).toEqual([]);
    expect(found({ sentAt: 100 }, { sentAt: 0, lookedAt: 10 })).toEqual([
      'read of basic at 100: no lease (any more)',
    ]);
  });

  test('a read by an answer under a fence that was asked for before the read was called', () => {
    const request = { sentAt: 190, lookedAt: 195 };
    expect(found({ calledAt: 190, sentAt: 210 }, request)).toEqual([]);
    expect(found({ calledAt: 205, sentAt: 210 }, request)).toEqual([
      'read of basic at 210: no lease (any more)',
      'read of basic at 210: not live since it was called (I3)',
    ]);
  });

  test('a write that is sent to a table that is compared, or that was live', () => {
    const request = { sentAt: 0, lookedAt: 10 };
    expect(found({ kind: 'write', sentAt: 99 }, request)).toEqual([]);
    expect(found({ kind: 'write', sentAt: 150 }, request)).toEqual([
      'write of basic at 150: no lease (any more)',
      'write of basic at 150: the table is being compared (I2)',
    ]);
    expect(found({ kind: 'write', sentAt: 210 }, request)).toContain(
      'write of basic at 210: not the live table (I1)',
    );
  });
});
