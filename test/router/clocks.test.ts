import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type State, violations } from './history.ts';
import { cutovers, delays, operationsAnd, type PlayedEvent, play } from './play.ts';

/*
 * One clock of the machine is right, and the other one is wrong. A history is in real time, so a lease that was used
 * for too long is found whatever the machine's clocks show. fast-check prints the seed of a failure.
 */

const DAY_MS = 86_400_000;
const suspended = fc.record({ kind: fc.constant('suspended' as const), ms: fc.nat(600) });
const setBy = (ms: fc.Arbitrary<number>) => fc.record({ kind: fc.constant('wallClockSet' as const), ms });

/** Runs operations through cutovers, with these steps of the clocks, and checks each history. */
const leasesHold = async (clocks: fc.Arbitrary<PlayedEvent[]>): Promise<void> => {
  let acknowledged = 0;
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(cutovers, clocks, delays, async (states, events, ways) => {
      const history = await play({ states, events, ways });
      const operations = events.filter((event) => 'calls' in event).length;
      expect(violations(history)).toEqual([]);
      expect(history).toMatchObject({ ended: operations, timers: 0 });
      acknowledged += history.acknowledged.length;
      refused += operations - history.acknowledged.length;
    }),
    { numRuns: 300 },
  );
  expect(acknowledged, 'operations within their leases are acknowledged').toBeGreaterThan(300);
  expect(refused, 'some outlast their leases').toBeGreaterThan(30);
};

test('F1: a monotonic clock that stops lengthens no lease, as long as the wall clock runs', () =>
  leasesHold(operationsAnd(['waits', 'busy', 'suspended'], suspended)));

test('F1: nor does it if the wall clock is set ahead as well', () =>
  leasesHold(
    operationsAnd(
      ['waits', 'busy', 'suspended'],
      fc.oneof(suspended, setBy(fc.oneof(fc.nat(200), fc.nat(DAY_MS)))),
    ),
  ));

test('a wall clock that is set ahead and back lengthens no lease, as long as the monotonic clock runs', () =>
  leasesHold(
    operationsAnd(
      ['waits', 'busy'],
      setBy(fc.oneof(fc.integer({ min: -200, max: 200 }), fc.integer({ min: -DAY_MS, max: DAY_MS }))),
    ),
  ));

test('a wall clock that is only set back changes no outcome', () =>
  fc.assert(
    fc.asyncProperty(
      cutovers,
      operationsAnd(['waits', 'busy'], setBy(fc.integer({ min: -DAY_MS, max: 0 }))),
      delays,
      async (states, events, ways) => {
        const withoutSteps = events.map((event) => ('calls' in event ? event : { ...event, ms: 0 }));
        const expected = await play({ states, events: withoutSteps, ways });
        expect(await play({ states, events, ways })).toEqual(expected);
      },
    ),
    { numRuns: 100 },
  ));

test('the check finds a write by an expired lease if both clocks are wrong', async () => {
  const states: State[] = [
    { from: 0, table: 'basic', writes: 'open', leaseMs: 100 },
    { from: 10, table: 'basic', writes: 'fenced', leaseMs: 100 },
    { from: 110, table: 'advanced', writes: 'open', leaseMs: 100 },
  ];
  const write: PlayedEvent = { afterMs: 0, kind: 'write', calls: [{ ms: 0, how: 'busy' }] };
  const history = await play({
    states,
    events: [
      write,
      { afterMs: 0, kind: 'suspended', ms: 200 },
      { afterMs: 0, kind: 'wallClockSet', ms: -200 },
      write,
    ],
    ways: [{ there: 0, answerMs: 0 }],
  });
  expect(violations(history)).toEqual([
    'write of basic at 200: no lease (any more)',
    'write of basic at 200: not the live table (I1)',
    'write of basic, acknowledged at 200: no lease (any more)',
  ]);
});
