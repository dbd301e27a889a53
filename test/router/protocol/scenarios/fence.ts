import { advanced, BEGIN, fenced, open, type Scenario, vector } from '../scenario.ts';

/** A router polls a fenced route after 20 ms at the earliest, and after 50 ms at the latest. */
const polls = (s: Scenario): Scenario => s.pass(50).tick().asks();

/** Waits under a fence for `ms`, a multiple of 50 ms, with an answer to each poll but the last. */
const waits = (s: Scenario, ms: number, route = fenced()): Scenario => {
  for (let waited = 50; waited < ms; waited += 50) polls(s).answer(route);
  return polls(s);
};

/** Deadlines of a fence as ms from now, and the hints that follow from them. */
const HINTS: readonly (readonly [what: string, left: number, retryAfterMs: number])[] = [
  ['has passed', -5_000, 100],
  ['is now', 0, 100],
  ['is near', 99, 100],
  ['is in 101 ms', 101, 101],
  ['is in 3 s', 3_000, 3_000],
  ['is in a minute', 60_000, 60_000],
  ['is in more than a minute', 60_001, 60_000],
  ['is far away because of a wrong clock', 86_400_000, 60_000],
];

/** F1 to F4: what happens under a fence. */
export const fence = [
  vector(
    'a read under a fence requests the route each time, and uses the table of the answer',
    'F1 L2',
    (s) =>
      s
        .read(1)
        .asks()
        .answer(fenced())
        .starts(1, 'basic')
        .ends(1)
        .read(2)
        .asks()
        .answer(fenced())
        .starts(2, 'basic')
        .ends(2)
        .read(3)
        .asks()
        .answer(advanced)
        .starts(3, 'advanced')
        .ends(3),
  ),
  vector('a read under a fence starts with half of the lease at least', 'F1 L3', (s) =>
    s
      .read(1)
      .asks()
      .pass(501)
      .answer(fenced())
      .asks()
      .pass(500)
      .answer(fenced())
      .starts(1, 'basic')
      .pass(499)
      .ends(1),
  ),
  vector('a write with a route in hand starts without a request, as its lease is waited for', 'L3 F2', (s) =>
    s.leases(1).pass(400).write(2).starts(2, 'basic').pass(599).maySend(2, true).ends(2),
  ),
  vector('a write waits under a fence, and starts on the new table after the flip', 'F2', (s) =>
    waits(s.write(1).asks().answer(fenced()), 200).answer(advanced).starts(1, 'advanced').ends(1),
  ),
  vector('a write waits under a fence, and starts on the old table once writes are reopened', 'F2', (s) =>
    waits(s.write(1).asks().answer(fenced()), 200)
      .answer(open({ epoch: 3 }))
      .starts(1, 'basic')
      .ends(1),
  ),
  vector('a write polls no sooner than after 20 ms', 'F2', (s) =>
    s
      .write(1)
      .asks()
      .answer(fenced())
      .pass(19)
      .tick()
      .pass(31)
      .tick()
      .asks()
      .answer(advanced)
      .starts(1, 'advanced')
      .ends(1),
  ),
  vector('the polls of a long fence do not become rarer', 'F2', (s) =>
    waits(s.write(1).asks().answer(fenced()), 3_000).answer(advanced).starts(1, 'advanced').ends(1),
  ),
  vector('a lease begins with the poll that granted it, not with the write', 'F2 L1', (s) =>
    waits(s.write(1).asks().answer(fenced()), 1_500)
      .pass(100)
      .answer(advanced)
      .starts(1, 'advanced')
      .pass(899)
      .maySend(1, true)
      .pass(1)
      .maySend(1, false)
      .endsLate(1),
  ),
  vector('a poll that is answered too late is repeated', 'F2 L3', (s) =>
    polls(s.write(1).asks().answer(fenced()))
      .pass(600)
      .answer(advanced)
      .asks()
      .answer(advanced)
      .starts(1, 'advanced')
      .ends(1),
  ),
  vector('a poll that fails is the error of the write', 'F2 L4', (s) =>
    polls(s.write(1).asks().answer(fenced())).fail('InternalServerError').fails(1, 'InternalServerError'),
  ),
  vector('a tenant that is removed under a fence is not found', 'F2 R4', (s) =>
    polls(s.write(1).asks().answer(fenced())).answer(undefined).fails(1, 'TenantRouteNotFound'),
  ),
  vector('a route that the write has waited for is used by the next call', 'F2 L3', (s) =>
    polls(s.write(1).asks().answer(fenced()))
      .answer(advanced)
      .starts(1, 'advanced')
      .ends(1)
      .pass(500)
      .write(2)
      .starts(2, 'advanced')
      .ends(2),
  ),
  vector('the process was suspended while a write waited, and it polls', 'F2 L1', (s) =>
    s
      .write(1)
      .asks()
      .answer(fenced())
      .suspend(60_000)
      .pass(50)
      .tick()
      .asks()
      .answer(advanced)
      .starts(1, 'advanced')
      .ends(1),
  ),
  vector(
    'a write gives up once it has waited for maxWriteWaitMs',
    'F3',
    (s) =>
      waits(s.write(1).asks().answer(fenced()), 1_000)
        .answer(fenced({ deadline: BEGIN.wall + 4_000 }))
        .fails(1, 'TenantWriteFenced', { retryable: true, waitedMs: 1_000, retryAfterMs: 3_000 }),
    { options: { maxWriteWaitMs: 1_000 } },
  ),
  vector(
    'a write that may not wait gives up after the first answer',
    'F3',
    (s) =>
      s
        .write(1)
        .asks()
        .answer(fenced())
        .fails(1, 'TenantWriteFenced', { retryable: true, waitedMs: 0, retryAfterMs: 10_000 }),
    { options: { maxWriteWaitMs: 0 } },
  ),
  vector(
    'the time of a request counts as waited',
    'F3',
    (s) =>
      s
        .write(1)
        .asks()
        .pass(1_000)
        .answer(fenced())
        .fails(1, 'TenantWriteFenced', { waitedMs: 1_000, retryAfterMs: 9_000 }),
    { options: { maxWriteWaitMs: 1_000 } },
  ),
  vector(
    'a write that has waited long enough starts if the route is open by then',
    'F3 F2',
    (s) => waits(s.write(1).asks().answer(fenced()), 1_000).answer(advanced).starts(1, 'advanced').ends(1),
    { options: { maxWriteWaitMs: 1_000 } },
  ),
  vector(
    'a write that gave up leaves the next one its full wait',
    'F3',
    (s) => {
      waits(s.write(1).asks().answer(fenced()), 100).answer(fenced()).fails(1, 'TenantWriteFenced');
      return waits(s.write(2).asks().answer(fenced()), 100).answer(fenced()).fails(2, 'TenantWriteFenced');
    },
    { options: { maxWriteWaitMs: 100 } },
  ),
  ...HINTS.map(([what, left, retryAfterMs]) =>
    vector(
      `the hint when to retry is bounded: the deadline ${what}`,
      'F3',
      (s) =>
        s
          .write(1)
          .asks()
          .answer(fenced({ deadline: Math.max(0, BEGIN.wall + left) }))
          .fails(1, 'TenantWriteFenced', { retryAfterMs }),
      { options: { maxWriteWaitMs: 0 } },
    ),
  ),
  vector('a read of a lease of 0 ms requests the route each time, and ends whenever it ends', 'F4', (s) =>
    s
      .read(1)
      .asks()
      .answer(open({ leaseMs: 0 }))
      .starts(1, 'basic')
      .pass(60_000)
      .maySend(1, true)
      .ends(1)
      .read(2)
      .asks()
      .pass(400)
      .answer(open({ leaseMs: 0, table: 'advanced' }))
      .starts(2, 'advanced')
      .ends(2),
  ),
  vector('a write waits for a lease of more than 0 ms', 'F4', (s) =>
    waits(
      s
        .write(1)
        .asks()
        .answer(open({ leaseMs: 0 })),
      150,
      open({ leaseMs: 0 }),
    )
      .answer(open())
      .starts(1, 'basic')
      .ends(1),
  ),
  vector(
    'a write gives up if the lease stays 0 ms',
    'F4 F3',
    (s) =>
      waits(
        s
          .write(1)
          .asks()
          .answer(open({ leaseMs: 0 })),
        200,
        open({ leaseMs: 0 }),
      )
        .answer(open({ leaseMs: 0 }))
        .fails(1, 'TenantWriteFenced', { retryable: true, waitedMs: 200, retryAfterMs: 100 }),
    { options: { maxWriteWaitMs: 200 } },
  ),
  vector('a fenced route with a lease of 0 ms is a fence', 'F4 F1', (s) =>
    s
      .read(1)
      .asks()
      .answer(fenced({ leaseMs: 0 }))
      .starts(1, 'basic')
      .pass(5_000)
      .ends(1)
      .write(2)
      .asks()
      .answer(fenced({ leaseMs: 0 }))
      .pass(50)
      .tick()
      .asks()
      .answer(advanced)
      .starts(2, 'advanced')
      .ends(2),
  ),
  vector('a whole move, forward and back, as one process sees it', 'L1 L3 F1 F2', (s) => {
    s.leases(1, open({ leaseMs: 30_000 }))
      .pass(16_000)
      .write(2)
      .asks()
      .answer(open({ leaseMs: 1_000, epoch: 2 }))
      .starts(2, 'basic')
      .ends(2)
      .pass(600);
    waits(
      s
        .write(3)
        .asks()
        .answer(fenced({ epoch: 3 })),
      1_000,
    )
      .answer(open({ table: 'advanced', leaseMs: 30_000, epoch: 4 }))
      .starts(3, 'advanced')
      .ends(3)
      .pass(15_000)
      .read(4)
      .starts(4, 'advanced')
      .ends(4)
      .pass(1)
      .write(5)
      .asks()
      .answer(open({ table: 'advanced', leaseMs: 1_000, epoch: 5 }))
      .starts(5, 'advanced')
      .ends(5)
      .pass(600);
    return waits(
      s
        .write(6)
        .asks()
        .answer(fenced({ table: 'advanced', epoch: 6 })),
      1_000,
    )
      .answer(open({ leaseMs: 30_000, epoch: 7 }))
      .starts(6, 'basic')
      .ends(6);
  }),
];
