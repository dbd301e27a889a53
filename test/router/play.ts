import * as fc from 'fast-check';
import { TenantRouter } from '../../functions/router/tenant-router.ts';
import { FakeRoutesTable, fencedRoute, openRoute } from './fake-routes-table.ts';
import type { History, RouteRequest, SentCall, State } from './history.ts';
import { VirtualClock } from './virtual-clock.ts';

/** A cutover: how long the route is open, its leases, and how long it is fenced, in ms. */
export interface PlayedCutover {
  readonly openMs: number;
  readonly leaseMs: number;
  readonly shortMs: number;
  readonly slackMs: number;
  readonly fencedMs: number;
  readonly flips: boolean;
}

/**
 * Returns the states of a route during cutovers that follow the protocol. They wait for each lease to end, and not a
 * millisecond more if `slackMs` is 0.
 */
export const statesDuring = (all: readonly PlayedCutover[]): State[] => {
  let table = 'basic';
  let at = 0;
  // the longest lease that may have been given before a fence was reopened
  let olderLeasesMs = 0;
  const states: State[] = [];
  for (const { openMs, leaseMs, shortMs, slackMs, fencedMs, flips } of all) {
    const short = Math.min(leaseMs, shortMs);
    states.push({ from: at, table, writes: 'open', leaseMs });
    at += openMs;
    states.push({ from: at, table, writes: 'open', leaseMs: short });
    at += Math.max(leaseMs, olderLeasesMs) + slackMs;
    states.push({ from: at, table, writes: 'fenced', leaseMs: short });
    at += flips ? short + slackMs : fencedMs;
    olderLeasesMs = flips ? 0 : short;
    if (flips) table = table === 'basic' ? 'advanced' : 'basic';
  }
  return [...states, { from: at, table, writes: 'open', leaseMs: 100 }];
};

/** Arbitrary cutovers that follow the protocol. */
export const cutovers = fc
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
  .map(statesDuring);

/** A phase of the process: it waits for a call, is busy, or is suspended with its machine. */
type Spends = 'waits' | 'busy' | 'suspended';

interface Operation {
  readonly afterMs: number;
  readonly kind: 'read' | 'write';
  /** Calls that are sent one after the other; after each the process spends some time. */
  readonly calls: readonly { readonly ms: number; readonly how: Spends }[];
}

/** Between operations the machine is suspended for `ms`, or its wall clock is set ahead or back by `ms`. */
interface ClockStep {
  readonly afterMs: number;
  readonly kind: 'suspended' | 'wallClockSet';
  readonly ms: number;
}

export type PlayedEvent = Operation | ClockStep;

const operationOf = (how: readonly Spends[]): fc.Arbitrary<Operation> =>
  fc.record({
    afterMs: fc.nat(60),
    kind: fc.constantFrom('read', 'write'),
    calls: fc.array(fc.record({ ms: fc.nat(60), how: fc.constantFrom(...how) }), {
      minLength: 1,
      maxLength: 3,
    }),
  });

/** Operations alone. */
export const operationsOf = (how: readonly Spends[]): fc.Arbitrary<Operation[]> =>
  fc.array(operationOf(how), { minLength: 1, maxLength: 40 });

/** Operations, with steps of the clocks between them. */
export const operationsAnd = (
  how: readonly Spends[],
  steps: fc.Arbitrary<Omit<ClockStep, 'afterMs'>>,
): fc.Arbitrary<PlayedEvent[]> => {
  const step = fc
    .record({ afterMs: fc.nat(60), step: steps })
    .map(({ afterMs, step }) => ({ afterMs, ...step }));
  const event = fc.oneof({ weight: 3, arbitrary: operationOf(how) }, { weight: 1, arbitrary: step });
  return fc.array(event, { minLength: 2, maxLength: 40 });
};

export const delays = fc.array(fc.record({ there: fc.nat(40), answerMs: fc.nat(40) }), {
  minLength: 1,
  maxLength: 10,
});

/** Long enough for every operation to end, in ms. */
const TO_THE_END_MS = 60_000;

interface PlayedHistory extends History {
  /** Number of operations that have ended. */
  readonly ended: number;
  /** Number of timers that are left. */
  readonly timers: number;
}

/** Runs operations through a router. The moments of the history are in real time, from its beginning. */
export const play = async (given: {
  readonly states: readonly State[];
  readonly events: readonly PlayedEvent[];
  readonly ways: readonly { there: number; answerMs: number }[];
}): Promise<PlayedHistory> => {
  const { states, events, ways } = given;
  const clock = new VirtualClock();
  const begin = clock.real();
  const now = () => clock.real() - begin;
  const routes = new FakeRoutesTable(clock);
  const asked: RouteRequest[] = [];
  const sent: SentCall[] = [];
  const acknowledged: SentCall[] = [];
  routes.delay = () => {
    const transfer = ways[asked.length % ways.length] ?? { there: 0, answerMs: 0 };
    const sentAt = now();
    asked.push({ sentAt, readAt: sentAt + transfer.there });
    return transfer;
  };
  routes.lookUp = (_, at) => {
    const { table, leaseMs, writes } = states.findLast(({ from }) => from <= at - begin) as State;
    return writes === 'open' ? openRoute({ table, leaseMs }) : fencedRoute({ table, leaseMs });
  };
  const router = new TenantRouter({ client: routes, clock, random: () => 0 });
  let ended = 0;
  const spend: Record<Spends, (ms: number, signal: AbortSignal) => void | Promise<void>> = {
    waits: (ms, signal) => clock.sleep(ms, signal),
    busy: (ms) => clock.pass(ms),
    suspended: (ms) => clock.suspend(ms),
  };
  const operate = async ({ kind, calls }: Operation): Promise<void> => {
    const calledAt = now();
    const arrived = await router[kind]('abc', async (table, { signal }): Promise<SentCall> => {
      for (const [i, { ms, how }] of calls.entries()) {
        // the router checks the lease before the first call, and the SDK reads the signal before each of the others
        if (i > 0) signal.throwIfAborted();
        sent.push({ kind, calledAt, sentAt: now(), table });
        await spend[how](ms, signal);
      }
      return { kind, calledAt, sentAt: now(), table };
    });
    acknowledged.push(arrived);
  };
  for (const event of events) {
    await clock.advance(event.afterMs);
    if ('calls' in event) {
      operate(event)
        .catch(() => {})
        .finally(() => {
          ended += 1;
        });
    } else if (event.kind === 'suspended') clock.suspend(event.ms);
    else clock.setWall(clock.now() + event.ms);
  }
  await clock.advance(TO_THE_END_MS);
  return { states, asked, sent, acknowledged, ended, timers: clock.timers };
};
