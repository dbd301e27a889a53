import type { Feature } from '../../../../scripts/conformance/messages.ts';
import { advanced, fenced, open, type Scenario, vector } from '../scenario.ts';

const concurrent = (name: string, rules: string, build: (s: Scenario) => Scenario, ...more: Feature[]) =>
  vector(name, rules, build, { features: ['concurrency', ...more] });

const premium = open({ table: 'premium', leaseMs: 1_000 });
const INNER = { tenant: 'xyz', within: 1 };

/** C1 to C4, T1, A1: several calls, several tenants, and callers that give up. */
export const concurrency = [
  concurrent('callers of one tenant share a request', 'C1', (s) =>
    s
      .read(1)
      .asks()
      .write(2)
      .pass(10)
      .read(3)
      .answer(open())
      .starts(1, 'basic')
      .starts(2, 'basic')
      .starts(3, 'basic')
      .ends(2)
      .ends(1)
      .ends(3),
  ),
  concurrent('callers of two tenants make two requests', 'C1', (s) =>
    s
      .read(1)
      .asks()
      .write(2, { tenant: 'xyz' })
      .asks('xyz')
      .answer(premium, 2)
      .starts(2, 'premium')
      .answer(open(), 1)
      .starts(1, 'basic')
      .ends(1)
      .ends(2),
  ),
  concurrent('callers share the failure of a request', 'C1', (s) =>
    s
      .read(1)
      .asks()
      .write(2)
      .fail('InternalServerError')
      .fails(1, 'InternalServerError')
      .fails(2, 'InternalServerError')
      .read(3)
      .asks()
      .answer(open())
      .starts(3, 'basic')
      .ends(3),
  ),
  concurrent('callers share the answer that there is no route', 'C1 R4', (s) =>
    s
      .read(1)
      .asks()
      .write(2)
      .answer(undefined)
      .fails(1, 'TenantRouteNotFound')
      .fails(2, 'TenantRouteNotFound'),
  ),
  concurrent('an operation under way does not keep another from starting', 'C1', (s) =>
    s
      .write(1)
      .asks()
      .answer(open())
      .starts(1, 'basic')
      .write(2)
      .starts(2, 'basic')
      .read(3)
      .starts(3, 'basic')
      .ends(3)
      .ends(2)
      .ends(1),
  ),
  concurrent('a read that came during a request uses its answer if it grants a lease', 'C2', (s) =>
    s
      .read(1)
      .asks()
      .pass(14)
      .read(2)
      .pass(6)
      .answer(open())
      .starts(1, 'basic')
      .starts(2, 'basic')
      .ends(1)
      .ends(2),
  ),
  concurrent('a read that came during a request does not use its answer under a fence', 'C2', (s) =>
    s
      .read(1)
      .asks()
      .pass(14)
      .read(2)
      .read(3)
      .pass(6)
      .answer(fenced())
      .starts(1, 'basic')
      .asks()
      .answer(advanced)
      .starts(2, 'advanced')
      .starts(3, 'advanced')
      .ends(1)
      .ends(2)
      .ends(3),
  ),
  concurrent('a read that came during a request does not use its answer with a lease of 0 ms', 'C2 F4', (s) =>
    s
      .read(1)
      .asks()
      .read(2)
      .answer(open({ leaseMs: 0 }))
      .starts(1, 'basic')
      .asks()
      .answer(open({ table: 'advanced', leaseMs: 0 }))
      .starts(2, 'advanced')
      .ends(2)
      .ends(1),
  ),
  concurrent('reads that waited share the next request, even if its answer is fenced again', 'C2 C1', (s) =>
    s
      .read(1)
      .asks()
      .read(2)
      .read(3)
      .answer(fenced())
      .starts(1, 'basic')
      .asks()
      .answer(fenced())
      .starts(2, 'basic')
      .starts(3, 'basic')
      .ends(1)
      .ends(2)
      .ends(3),
  ),
  concurrent('a read that came during the second request waits for a third', 'C2', (s) =>
    s
      .read(1)
      .asks()
      .read(2)
      .answer(fenced())
      .starts(1, 'basic')
      .asks()
      .read(3)
      .answer(fenced())
      .starts(2, 'basic')
      .asks()
      .answer(fenced())
      .starts(3, 'basic')
      .ends(1)
      .ends(2)
      .ends(3),
  ),
  concurrent('a read that came during the request of a write does not use its fenced answer', 'C2 F2', (s) =>
    s
      .write(1)
      .asks()
      .read(2)
      .answer(fenced())
      .asks()
      .answer(fenced())
      .starts(2, 'basic')
      .ends(2)
      .pass(50)
      .tick()
      .asks()
      .answer(advanced)
      .starts(1, 'advanced')
      .ends(1),
  ),
  concurrent('a write that came during the request of a read waits by its fenced answer', 'C1 F2', (s) =>
    s
      .read(1)
      .asks()
      .write(2)
      .answer(fenced())
      .starts(1, 'basic')
      .ends(1)
      .pass(50)
      .tick()
      .asks()
      .answer(advanced)
      .starts(2, 'advanced')
      .ends(2),
  ),
  concurrent('waiting writes share each poll', 'C3', (s) =>
    s
      .write(1)
      .asks()
      .write(2)
      .write(3)
      .answer(fenced())
      .pass(50)
      .tick()
      .asks()
      .answer(fenced())
      .pass(50)
      .tick()
      .asks()
      .answer(advanced)
      .starts(1, 'advanced')
      .starts(2, 'advanced')
      .starts(3, 'advanced')
      .ends(1)
      .ends(2)
      .ends(3),
  ),
  concurrent('a write that comes while another waits shares its next poll', 'C3', (s) =>
    s
      .write(1)
      .asks()
      .answer(fenced())
      .pass(10)
      .write(2)
      .pass(40)
      .tick()
      .asks()
      .answer(advanced)
      .starts(1, 'advanced')
      .starts(2, 'advanced')
      .ends(1)
      .ends(2),
  ),
  concurrent('a fence of one tenant does not delay another', 'C3', (s) =>
    s
      .write(1)
      .asks()
      .answer(fenced())
      .write(2, { tenant: 'xyz' })
      .asks('xyz')
      .answer(premium)
      .starts(2, 'premium')
      .ends(2)
      .pass(50)
      .tick()
      .asks()
      .answer(advanced)
      .starts(1, 'advanced')
      .ends(1),
  ),
  concurrent('a read under a fence does not wait for the poll of a write', 'F1 C2', (s) =>
    s
      .write(1)
      .asks()
      .answer(fenced())
      .read(2)
      .asks()
      .answer(fenced())
      .starts(2, 'basic')
      .ends(2)
      .pass(50)
      .tick()
      .asks()
      .answer(advanced)
      .starts(1, 'advanced')
      .ends(1),
  ),
  concurrent('many waiting writes all start', 'C3', (s) => {
    const calls = Array.from({ length: 20 }, (_, n) => n + 1);
    s.write(1).asks();
    for (const call of calls.slice(1)) s.write(call);
    s.answer(fenced()).pass(50).tick().asks().answer(advanced);
    for (const call of calls) s.starts(call, 'advanced');
    for (const call of calls) s.ends(call);
    return s;
  }),
  concurrent('of two writes that share an answer, each has the whole lease', 'C1 L1', (s) =>
    s
      .write(1)
      .asks()
      .write(2)
      .answer(open())
      .starts(1, 'basic')
      .starts(2, 'basic')
      .pass(999)
      .maySend(1, true)
      .maySend(2, true)
      .ends(1)
      .pass(1)
      .maySend(2, false)
      .endsLate(2),
  ),
  concurrent(
    'callers that share a request share its time-out',
    'C1 L9',
    (s) =>
      s
        .read(1)
        .asks()
        .pass(100)
        .write(2)
        .pass(4_900)
        .tick()
        .fails(1, 'TenantRouteUnavailable')
        .fails(2, 'TenantRouteUnavailable'),
    'timeout',
  ),
  ...(
    [
      ['outer', 600, 1_000],
      ['inner', 1_000, 600],
    ] as const
  ).map(([which, outerMs, innerMs]) =>
    vector(
      `a transaction over two tenants sends nothing after the lease of the ${which} one`,
      'T1',
      (s) =>
        s
          .write(1)
          .asks()
          .answer(open({ leaseMs: outerMs }))
          .starts(1, 'basic')
          .write(2, INNER)
          .asks('xyz')
          .answer(open({ table: 'premium', leaseMs: innerMs }))
          .starts(2, 'premium')
          .pass(599)
          .maySend(2, true)
          .pass(1)
          .maySend(2, false),
      { features: ['nested'] },
    ),
  ),
  vector(
    'a transaction over two tenants within both leases is done',
    'T1',
    (s) =>
      s
        .write(1)
        .asks()
        .answer(open())
        .starts(1, 'basic')
        .write(2, INNER)
        .asks('xyz')
        .pass(300)
        .answer(premium)
        .starts(2, 'premium')
        .pass(600)
        .maySend(2, true)
        .ends(2)
        .ends(1),
    { features: ['nested'] },
  ),
  vector(
    'a transaction over two tenants that succeeds after the outer lease is unknown',
    'T1 L6',
    (s) =>
      s
        .write(1)
        .asks()
        .answer(open())
        .starts(1, 'basic')
        .pass(200)
        .write(2, INNER)
        .asks('xyz')
        .answer(premium)
        .starts(2, 'premium')
        .pass(800)
        .maySend(2, false)
        .ends(2)
        .endsLate(1),
    { features: ['nested'] },
  ),
  vector(
    'a caller that has given up starts nothing, and requests nothing',
    'A1',
    (s) =>
      s
        .leases(1)
        .write(2)
        .starts(2, 'basic')
        .abort(2)
        .maySend(2, false)
        .endWith(2, 'CallerAborted')
        .fails(2, 'CallerAborted'),
    { features: ['abort'] },
  ),
  concurrent(
    'a caller that gives up ends its wait for the route only',
    'A1 C1',
    (s) =>
      s.read(1).asks().read(2).abort(1).fails(1, 'CallerAborted').answer(open()).starts(2, 'basic').ends(2),
    'abort',
  ),
  vector(
    'a caller that gives up under a fence ends its wait, and its write never starts',
    'A1 F2',
    (s) => s.write(1).asks().answer(fenced()).abort(1).fails(1, 'CallerAborted').pass(50).tick(),
    { features: ['abort'] },
  ),
];
