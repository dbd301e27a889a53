import { advanced, fenced, open, vector, type Wire } from '../scenario.ts';

const FAILURE = 'ProvisionedThroughputExceededException';
const NO_ROUTE: readonly (readonly [error: string, answer: Wire | undefined])[] = [
  ['TenantRouteNotFound', undefined],
  ['TenantRouteInvalid', { ...open(), writes: { S: 'closed' } }],
  ['TenantRouteUnsupported', { ...open(), protocol: { N: '2' } }],
];

/** L2, L4, L8: the routes table fails, or has no usable route. */
export const failures = [
  ...(['read', 'write'] as const).map((operation) =>
    vector(`a failed request is the ${operation}'s error, and is not remembered`, 'L4', (s) =>
      s[operation](1)
        .asks()
        .fail(FAILURE)
        .fails(1, FAILURE)
        [operation](2)
        .asks()
        .answer(open())
        .starts(2, 'basic')
        .ends(2),
    ),
  ),
  ...[1_000, 30_000].flatMap((leaseMs) => [
    vector(
      `a failed request leaves a route of ${leaseMs} ms in use while a quarter of its lease is left`,
      'L4',
      (s) =>
        s
          .leases(1, open({ leaseMs }))
          .pass((leaseMs * 3) / 4)
          .write(2)
          .asks()
          .fail(FAILURE)
          .starts(2, 'basic')
          .pass(leaseMs / 4 - 1)
          .maySend(2, true)
          .ends(2),
    ),
    vector(`a failed request leaves a route of ${leaseMs} ms in use no longer`, 'L4', (s) =>
      s
        .leases(1, open({ leaseMs }))
        .pass((leaseMs * 3) / 4 + 1)
        .read(2)
        .asks()
        .fail(FAILURE)
        .fails(2, FAILURE),
    ),
  ]),
  vector('a failure that takes too long leaves no route in use', 'L4', (s) =>
    s.leases(1).pass(600).read(2).asks().pass(200).fail(FAILURE).fails(2, FAILURE),
  ),
  vector('a failed request is repeated by the next call', 'L4', (s) =>
    s
      .leases(1)
      .pass(600)
      .read(2)
      .asks()
      .fail(FAILURE)
      .starts(2, 'basic')
      .ends(2)
      .read(3)
      .asks()
      .answer(advanced)
      .starts(3, 'advanced')
      .ends(3),
  ),
  vector('an operation that starts on a quarter of the lease ends with that lease', 'L4 L6', (s) =>
    s
      .leases(1)
      .pass(750)
      .write(2)
      .asks()
      .fail(FAILURE)
      .starts(2, 'basic')
      .pass(250)
      .maySend(2, false)
      .endsLate(2),
  ),
  ...NO_ROUTE.map(([error, answer]) =>
    vector(`the answer ${error} ends the use of the route in hand`, 'L8', (s) =>
      s
        .leases(1)
        .pass(600)
        .read(2)
        .asks()
        .answer(answer)
        .fails(2, error)
        .write(3)
        .asks()
        .fail(FAILURE)
        .fails(3, FAILURE),
    ),
  ),
  vector('a fence ends the use of the route in hand', 'L2 F1', (s) =>
    s
      .leases(1)
      .pass(600)
      .read(2)
      .asks()
      .answer(fenced())
      .starts(2, 'basic')
      .ends(2)
      .write(3)
      .asks()
      .fail(FAILURE)
      .fails(3, FAILURE),
  ),
  vector('a lease of 0 ms ends the use of the route in hand', 'L2 F4', (s) =>
    s
      .leases(1)
      .pass(600)
      .read(2)
      .asks()
      .answer(open({ leaseMs: 0 }))
      .starts(2, 'basic')
      .ends(2)
      .write(3)
      .asks()
      .fail(FAILURE)
      .fails(3, FAILURE),
  ),
  vector(
    'a request without an answer fails after the time-out, and the next call makes another',
    'L9',
    (s) =>
      s
        .read(1)
        .asks()
        .pass(1_999)
        .tick()
        .pass(1)
        .tick()
        .fails(1, 'TenantRouteUnavailable', { retryable: true })
        .write(2)
        .asks()
        .answer(open())
        .starts(2, 'basic')
        .ends(2),
    { options: { routeTimeoutMs: 2_000 }, features: ['timeout'] },
  ),
  vector(
    'a time-out falls back on a quarter of the lease in hand',
    'L4 L9',
    (s) =>
      s
        .leases(1, open({ leaseMs: 30_000 }))
        .pass(15_001)
        .write(2)
        .asks()
        .pass(2_000)
        .tick()
        .starts(2, 'basic')
        .ends(2),
    { options: { routeTimeoutMs: 2_000 }, features: ['timeout'] },
  ),
  vector(
    'an answer that comes after its time-out is not used',
    'L9',
    (s) =>
      s
        .read(1)
        .asks()
        .pass(2_000)
        .tick()
        .fails(1, 'TenantRouteUnavailable')
        .answer(open({ leaseMs: 30_000 }))
        .write(2)
        .asks()
        .answer(advanced)
        .starts(2, 'advanced')
        .ends(2),
    { options: { routeTimeoutMs: 2_000 }, features: ['timeout'] },
  ),
  vector(
    'the most recently requested routes are kept, up to the limit',
    'L10',
    (s) =>
      s
        .leases(1)
        .read(2, { tenant: 'b' })
        .asks('b')
        .answer(open())
        .starts(2, 'basic')
        .ends(2)
        .read(3)
        .starts(3, 'basic')
        .ends(3)
        .read(4, { tenant: 'c' })
        .asks('c')
        .answer(open())
        .starts(4, 'basic')
        .ends(4)
        .read(5, { tenant: 'b' })
        .starts(5, 'basic')
        .ends(5)
        .read(6)
        .asks(),
    { options: { maxCachedRoutes: 2 }, features: ['cacheLimit'] },
  ),
  vector('no route is kept if the limit is 0', 'L10', (s) => s.leases(1).leases(2).read(3).asks(), {
    options: { maxCachedRoutes: 0 },
    features: ['cacheLimit'],
  }),
];
