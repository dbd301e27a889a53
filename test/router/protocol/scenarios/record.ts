import { advanced, fenced, open, vector, type Wire } from '../scenario.ts';

/** Returns an open route with other attributes; undefined removes one. */
const routeWith = (attributes: Readonly<Record<string, Wire[string] | undefined>>): Wire =>
  Object.fromEntries(
    Object.entries({ ...open(), ...attributes }).flatMap(([name, value]) => (value ? [[name, value]] : [])),
  );
const fence = (deadline: Wire[string]) => ({ M: { migrationId: { S: 'mig-1' }, deadline } });

const INVALID: readonly (readonly [attribute: string, what: string, item: Wire])[] = [
  ['table', 'missing', routeWith({ table: undefined })],
  ['table', 'empty', routeWith({ table: { S: '' } })],
  ['table', 'a number', routeWith({ table: { N: '1' } })],
  ['table', 'null', routeWith({ table: { NULL: true } })],
  ['epoch', 'missing', routeWith({ epoch: undefined })],
  ['epoch', 'a string', routeWith({ epoch: { S: '1' } })],
  ['epoch', 'negative', routeWith({ epoch: { N: '-1' } })],
  ['writes', 'missing', routeWith({ writes: undefined })],
  ['writes', 'another word', routeWith({ writes: { S: 'closed' } })],
  ['writes', 'in upper case', routeWith({ writes: { S: 'OPEN' } })],
  ['writes', 'a boolean', routeWith({ writes: { BOOL: true } })],
  ['leaseMs', 'missing', routeWith({ leaseMs: undefined })],
  ['leaseMs', 'a string', routeWith({ leaseMs: { S: '1000' } })],
  ['leaseMs', 'negative', routeWith({ leaseMs: { N: '-1' } })],
  ['fence.deadline', 'missing', routeWith({ fence: { M: {} } })],
  ['fence.deadline', 'a string', routeWith({ fence: fence({ S: 'soon' }) })],
  ['fence.deadline', 'negative', routeWith({ fence: fence({ N: '-1' }) })],
  ['fence.deadline', 'missing, as fence is a string', routeWith({ fence: { S: 'mig-1' } })],
  ['protocol', 'a string', routeWith({ protocol: { S: '1' } })],
  ['protocol', 'zero', routeWith({ protocol: { N: '0' } })],
  ['protocol', 'a fraction', routeWith({ protocol: { N: '1.5' } })],
  ['protocol', 'negative', routeWith({ protocol: { N: '-1' } })],
];

const UNKNOWN: readonly (readonly [what: string, attributes: Wire])[] = [
  ['capture', { capture: { M: { migrationId: { S: 'mig-1' }, tables: { M: { source: { S: 'basic' } } } } } }],
  ['a list', { later: { L: [{ S: 'x' }] } }],
  ['a set', { later: { SS: ['a', 'b'] } }],
  ['a boolean', { later: { BOOL: false } }],
  ['null', { later: { NULL: true } }],
];

/** R1 to R4: what a route record is. */
export const record = [
  vector('the route is read consistently from the default table', 'R1', (s) =>
    s.read(1).asks().answer(open()).starts(1, 'basic').ends(1),
  ),
  vector(
    'the routes table has another name in another deployment',
    'R1',
    (s) => s.write(1).asks('abc', 'my-tenant-routes').answer(open()).starts(1, 'basic').ends(1),
    { options: { routesTable: 'my-tenant-routes' } },
  ),
  vector('each tenant has a route of its own', 'R1', (s) =>
    s
      .read(1)
      .asks()
      .answer(open())
      .starts(1, 'basic')
      .ends(1)
      .read(2, { tenant: 'xyz' })
      .asks('xyz')
      .answer(open({ table: 'premium' }))
      .starts(2, 'premium')
      .ends(2)
      .read(3)
      .starts(3, 'basic')
      .ends(3),
  ),
  ...INVALID.flatMap(([attribute, what, item]) => [
    vector(`a route is invalid: ${attribute} is ${what}`, attribute === 'protocol' ? 'R2 R3' : 'R3', (s) =>
      s
        .read(1)
        .asks()
        .answer(item)
        .fails(1, 'TenantRouteInvalid', { retryable: false, message: attribute })
        .write(2)
        .asks()
        .answer(open())
        .starts(2, 'basic')
        .ends(2),
    ),
  ]),
  ...UNKNOWN.map(([what, attributes]) =>
    vector(`an attribute that the router does not know is ignored: ${what}`, 'R3', (s) =>
      s
        .write(1)
        .asks()
        .answer({ ...open(), ...attributes })
        .starts(1, 'basic')
        .ends(1),
    ),
  ),
  vector('the largest numbers of a route are read', 'R3', (s) =>
    s
      .read(1)
      .asks()
      .answer(open({ leaseMs: 86_400_000, epoch: 9_007_199_254_740_991 }))
      .starts(1, 'basic')
      .ends(1)
      .pass(43_200_000)
      .read(2)
      .starts(2, 'basic')
      .ends(2)
      .pass(1)
      .read(3)
      .asks(),
  ),
  vector(
    'a fence without a deadline is a fence',
    'R3 F2',
    (s) =>
      s
        .write(1)
        .asks()
        .answer({ ...open(), writes: { S: 'fenced' } })
        .fails(1, 'TenantWriteFenced', { retryAfterMs: 100 }),
    { options: { maxWriteWaitMs: 0 } },
  ),
  vector('a route without a protocol has protocol 1', 'R2', (s) =>
    s
      .write(1)
      .asks()
      .answer(routeWith({ protocol: undefined }))
      .starts(1, 'basic')
      .ends(1),
  ),
  vector('a route of protocol 1 is used', 'R2', (s) =>
    s
      .write(1)
      .asks()
      .answer(routeWith({ protocol: { N: '1' } }))
      .starts(1, 'basic')
      .ends(1),
  ),
  ...['2', '3', '100'].map((protocol) =>
    vector(`a route of protocol ${protocol} is refused`, 'R2', (s) =>
      s
        .read(1)
        .asks()
        .answer(routeWith({ protocol: { N: protocol } }))
        .fails(1, 'TenantRouteUnsupported', {
          retryable: false,
          protocol: Number(protocol),
          message: protocol,
        })
        .write(2)
        .asks()
        .answer(routeWith({ protocol: { N: protocol } }))
        .fails(2, 'TenantRouteUnsupported', { retryable: false }),
    ),
  ),
  vector('nothing else of a route of a newer protocol is read', 'R2', (s) =>
    s
      .write(1)
      .asks()
      .answer({ tenantId: { S: 'abc' }, protocol: { N: '2' }, table: { L: [] }, writes: { S: 'shared' } })
      .fails(1, 'TenantRouteUnsupported', { protocol: 2 }),
  ),
  vector('a newer protocol ends the use of the route in hand', 'R2 L8', (s) =>
    s
      .leases(1)
      .pass(600)
      .read(2)
      .asks()
      .answer(routeWith({ protocol: { N: '2' } }))
      .fails(2, 'TenantRouteUnsupported')
      .write(3)
      .asks()
      .fail('InternalServerError')
      .fails(3, 'InternalServerError'),
  ),
  vector('a tenant without a record is not found, and found once it has one', 'R4', (s) =>
    s
      .read(1)
      .asks()
      .answer(undefined)
      .fails(1, 'TenantRouteNotFound', { retryable: false })
      .write(2)
      .asks()
      .answer(undefined)
      .fails(2, 'TenantRouteNotFound', { retryable: false })
      .write(3)
      .asks()
      .answer(advanced)
      .starts(3, 'advanced')
      .ends(3),
  ),
  vector('a fenced route is parsed like an open one', 'R3', (s) =>
    s
      .read(1)
      .asks()
      .answer({ ...fenced(), table: { S: '' } })
      .fails(1, 'TenantRouteInvalid', { message: 'table' }),
  ),
];
