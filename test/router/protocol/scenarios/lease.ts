import { advanced, fenced, open, vector } from '../scenario.ts';

const LEASES = [300, 1_000, 30_000];

/** L1, L3: how long a route may be used. */
export const lease = [
  ...[2, ...LEASES].flatMap((leaseMs) => [
    vector(`with half of a lease of ${leaseMs} ms left the route is used again`, 'L3', (s) =>
      s
        .leases(1, open({ leaseMs }))
        .pass(leaseMs / 2)
        .write(2)
        .starts(2, 'basic')
        .ends(2)
        .read(3)
        .starts(3, 'basic')
        .ends(3),
    ),
    vector(`with less than half of a lease of ${leaseMs} ms left the route is requested again`, 'L3', (s) =>
      s
        .leases(1, open({ leaseMs }))
        .pass(leaseMs / 2 + 1)
        .write(2)
        .asks()
        .answer(advanced)
        .starts(2, 'advanced')
        .ends(2),
    ),
  ]),
  ...LEASES.flatMap((leaseMs) =>
    [0, Math.min(leaseMs / 4, 2_000), Math.min(leaseMs / 2, 4_000)].map((latency) =>
      vector(
        `a lease of ${leaseMs} ms counts from before the request, whose answer takes ${latency} ms`,
        'L1 L5 L6',
        (s) =>
          s
            .write(1)
            .asks()
            .pass(latency)
            .answer(open({ leaseMs }))
            .starts(1, 'basic')
            .pass(leaseMs - latency - 1)
            .maySend(1, true)
            .ends(1)
            .read(2)
            .asks()
            .pass(latency)
            .answer(open({ leaseMs }))
            .starts(2, 'basic')
            .pass(leaseMs - latency)
            .maySend(2, false)
            .endsLate(2),
      ),
    ),
  ),
  vector('a read that starts from a route in hand ends with the lease of that route', 'L1 L6', (s) =>
    s
      .leases(1)
      .pass(500)
      .read(2)
      .starts(2, 'basic')
      .pass(499)
      .maySend(2, true)
      .pass(1)
      .maySend(2, false)
      .endsLate(2),
  ),
  vector('a new lease begins with the next request', 'L1 L3', (s) =>
    s
      .leases(1)
      .pass(501)
      .write(2)
      .asks()
      .pass(100)
      .answer(open())
      .starts(2, 'basic')
      .pass(899)
      .maySend(2, true)
      .ends(2)
      .read(3)
      .asks(),
  ),
  vector('a shorter lease is obeyed from its answer on', 'L1 L3', (s) =>
    s
      .leases(1, open({ leaseMs: 30_000 }))
      .pass(15_001)
      .read(2)
      .asks()
      .answer(open({ leaseMs: 1_000, epoch: 2 }))
      .starts(2, 'basic')
      .ends(2)
      .pass(501)
      .read(3)
      .asks()
      .answer(open({ leaseMs: 1_000, epoch: 2 }))
      .starts(3, 'basic')
      .ends(3),
  ),
  vector('an answer that leaves less than half of its lease is requested again', 'L3 L7', (s) =>
    s
      .write(1)
      .asks()
      .pass(501)
      .answer(open())
      .asks()
      .pass(501)
      .answer(advanced)
      .asks()
      .pass(500)
      .answer(advanced)
      .starts(1, 'advanced')
      .pass(499)
      .ends(1),
  ),
  ...(['read', 'write'] as const).map((operation) =>
    vector(`a ${operation} fails after ten answers in a row that came too late`, 'L7', (s) => {
      s[operation](1).asks();
      for (let n = 1; n < 10; n++) s.pass(600).answer(open()).asks();
      return s
        .pass(600)
        .answer(open())
        .fails(1, 'TenantRouteUnavailable', { retryable: true })
        .write(2)
        .asks()
        .answer(open())
        .starts(2, 'basic')
        .ends(2);
    }),
  ),
  vector('nine late answers and one in time start the operation', 'L7', (s) => {
    s.read(1).asks();
    for (let n = 1; n < 10; n++) s.pass(501).answer(open()).asks();
    return s.pass(500).answer(open()).starts(1, 'basic').ends(1);
  }),
  vector('a success after the lease is unknown: a write', 'L6', (s) =>
    s.write(1).asks().answer(open()).starts(1, 'basic').pass(1_000).endsLate(1),
  ),
  vector('a success after the lease is unknown: a read', 'L6', (s) =>
    s.read(1).asks().answer(open()).starts(1, 'basic').pass(2_000).endsLate(1),
  ),
  ...(['read', 'write'] as const).flatMap((operation) => [
    vector(`a failure after the lease is unknown: a ${operation}`, 'L6', (s) =>
      s[operation](1)
        .asks()
        .answer(open())
        .starts(1, 'basic')
        .pass(1_000)
        .endWith(1, 'ConditionalCheckFailedException')
        .fails(1, 'TenantLeaseExpired', { succeeded: false, retryable: false }),
    ),
    vector(`a failure within the lease is the operation's own: a ${operation}`, 'L6', (s) =>
      s[operation](1)
        .asks()
        .answer(open())
        .starts(1, 'basic')
        .pass(999)
        .endWith(1, 'ConditionalCheckFailedException')
        .fails(1, 'ConditionalCheckFailedException')
        .pass(1)
        .read(2)
        .asks(),
    ),
  ]),
  vector('an operation of several requests may send none after the lease', 'L5', (s) =>
    s
      .write(1)
      .asks()
      .answer(open())
      .starts(1, 'basic')
      .maySend(1, true)
      .pass(400)
      .maySend(1, true)
      .pass(599)
      .maySend(1, true)
      .pass(1)
      .maySend(1, false)
      .endsLate(1),
  ),
  vector('a failed operation leaves the route in use', 'L2 L6', (s) =>
    s
      .write(1)
      .asks()
      .answer(open())
      .starts(1, 'basic')
      .endWith(1, 'ConditionalCheckFailedException')
      .fails(1, 'ConditionalCheckFailedException')
      .write(2)
      .starts(2, 'basic')
      .ends(2),
  ),
  vector('an operation that outlives its lease leaves no route in use', 'L3 L6', (s) =>
    s
      .write(1)
      .asks()
      .answer(open())
      .starts(1, 'basic')
      .pass(1_000)
      .endsLate(1)
      .write(2)
      .asks()
      .answer(advanced)
      .starts(2, 'advanced')
      .ends(2),
  ),
  vector('a read under a fence has the lease of its answer', 'L1 F1', (s) =>
    s
      .read(1)
      .asks()
      .pass(100)
      .answer(fenced({ leaseMs: 300 }))
      .starts(1, 'basic')
      .pass(199)
      .maySend(1, true)
      .pass(1)
      .maySend(1, false)
      .endsLate(1),
  ),
];
