import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type RouteRequest, type SentCall, type State, violations } from './history.ts';
import { cutovers, delays, operationsOf, play } from './play.ts';

test('for any sequence of routes and times: no call without a lease, and none to a table that is not live', async () => {
  let sent = 0;
  await fc.assert(
    fc.asyncProperty(cutovers, operationsOf(['waits', 'busy']), delays, async (states, events, ways) => {
      const history = await play({ states, events, ways });
      expect(violations(history)).toEqual([]);
      expect(history).toMatchObject({ ended: events.length, timers: 0 });
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
  const found = (sent: Partial<SentCall>, ...asked: RouteRequest[]) =>
    violations({
      states,
      asked,
      sent: [{ kind: 'read', calledAt: 0, sentAt: 0, table: 'basic', ...sent }],
      acknowledged: [],
    });

  test('a use after the lease', () => {
    expect(found({ sentAt: 99 }, { sentAt: 0, readAt: 10 })).toEqual([]);
    expect(found({ sentAt: 100 }, { sentAt: 0, readAt: 10 })).toEqual([
      'read of basic at 100: no lease (any more)',
    ]);
  });

  test('an outcome that counts although it came after the lease', () => {
    const request = { sentAt: 0, readAt: 10 };
    const acknowledged = (at: number) =>
      violations({
        states,
        asked: [request],
        sent: [],
        acknowledged: [{ kind: 'write', calledAt: 0, sentAt: at, table: 'basic' }],
      });
    expect(acknowledged(99)).toEqual([]);
    expect(acknowledged(100)).toEqual(['write of basic, acknowledged at 100: no lease (any more)']);
  });

  test('a read that uses an answer requested under a fence before the read was called', () => {
    const request = { sentAt: 190, readAt: 195 };
    expect(found({ calledAt: 190, sentAt: 210 }, request)).toEqual([]);
    expect(found({ calledAt: 205, sentAt: 210 }, request)).toEqual([
      'read of basic at 210: no lease (any more)',
      'read of basic at 210: not live since it was called (I3)',
    ]);
  });

  test('a write that is sent to a table that is being compared, or that was live', () => {
    const request = { sentAt: 0, readAt: 10 };
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
