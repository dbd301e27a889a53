import { describe, expect, test } from 'vitest';
import { KeyLayout } from '../../../functions/migration/items/key-layout.ts';
import { sentinelItem, sentinelKey } from '../../../functions/migration/items/sentinel.ts';
import type { TenantId } from '../../../functions/migration/names.ts';
import {
  belongsToLiveTable,
  isTierferryRecord,
  type LiveTables,
  originOf,
  type StreamRecord,
  type TenantHistory,
  TenantRouteInvalid,
  TenantRouteNotFound,
} from '../../../functions/router/router.ts';
import { fencedRoute, type Item, openRoute } from '../fake-routes-table.ts';
import { aRouter } from '../worlds.ts';

const arnOf = (table: string) =>
  `arn:aws:dynamodb:us-east-1:123456789012:table/${table}/stream/2026-11-28T00:00:00.000`;
/** A record of DynamoDB Streams, whose time is in whole seconds. */
const record = (table: string, seconds: number, entityKey = 'STUDENT#1'): StreamRecord => ({
  eventSourceARN: arnOf(table),
  dynamodb: {
    Keys: { tenantId: { S: 'abc' }, entityKey: { S: entityKey } },
    ApproximateCreationDateTime: seconds,
  },
});
/** Answers with these tables for every tenant. */
const historyOf = (tables: LiveTables) => ({ liveTables: async () => tables });

/** 100.4 s after 1970 the tenant was flipped from basic to advanced, and at 200.4 s it was rolled back. */
const MOVED: LiveTables = { table: 'advanced', pastTables: [{ table: 'basic', until: 100_400 }] };
const ROLLED_BACK: LiveTables = {
  table: 'basic',
  pastTables: [...MOVED.pastTables, { table: 'advanced', from: 100_400, until: 200_400 }],
};

describe('the origin of a record', () => {
  test.each([
    ["the application's change before the flip, which arrives after it", 'basic', 90, 'application'],
    ["the application's last change before the flip", 'basic', 99, 'either'],
    ['a deletion of the clean-up', 'basic', 103, 'tierferry'],
    ['a copy', 'advanced', 97, 'tierferry'],
    ["a change applied under the fence, or the application's first", 'advanced', 100, 'either'],
    ["the application's change after the flip", 'advanced', 103, 'application'],
  ])('of %s, at %s %d, is %s', async (_, table, seconds, origin) => {
    expect(await originOf(record(table, seconds), historyOf(MOVED))).toBe(origin);
  });

  test.each([
    ["the application's change before the first flip", 'basic', 90, 'application'],
    ['a change that the rollback brings back', 'basic', 150, 'tierferry'],
    ["the application's change after the rollback", 'basic', 210, 'application'],
    ["the application's change while the target was live", 'advanced', 150, 'application'],
    ['a deletion of a copy by the rollback', 'advanced', 210, 'tierferry'],
  ])('of %s, at %s %d after a rollback, is %s', async (_, table, seconds, origin) => {
    expect(await originOf(record(table, seconds), historyOf(ROLLED_BACK))).toBe(origin);
  });

  test('is unsure for as long as the clocks may differ', async () => {
    const exact = { clockToleranceMs: 0 };
    const unsure = async (options?: typeof exact) => {
      const all = await Promise.all(
        Array.from({ length: 200 }, async (__, s) => [
          s,
          await originOf(record('basic', s), historyOf(MOVED), options),
        ]),
      );
      return all.filter(([, origin]) => origin === 'either').map(([s]) => s);
    };
    expect(await unsure(exact)).toEqual([100]);
    expect(await unsure()).toEqual([99, 100, 101]);
  });

  test('is exact for a record of Kinesis Data Streams, whose time is in ms or microseconds', async () => {
    const flippedAt = Date.UTC(2026, 10, 28);
    const history = historyOf({ table: 'advanced', pastTables: [{ table: 'basic', until: flippedAt }] });
    const { dynamodb } = record('', 0);
    const origin = (ApproximateCreationDateTime: number, clockToleranceMs: number) =>
      originOf({ tableName: 'basic', dynamodb: { ...dynamodb, ApproximateCreationDateTime } }, history, {
        clockToleranceMs,
      });
    expect(await origin(flippedAt - 1, 0)).toBe('application');
    expect(await origin(flippedAt, 0)).toBe('tierferry');
    expect(await origin((flippedAt - 1) * 1_000, 0)).toBe('application');
    expect(await origin((flippedAt + 5) * 1_000, 5)).toBe('tierferry');
    expect(await origin((flippedAt + 5) * 1_000, 6)).toBe('either');
  });

  test('of a record of DynamoDB Local, which rounds times down to the minute, is unsure for a minute', async () => {
    const local = (table: string, seconds: number) => ({
      ...record(table, seconds),
      eventSourceARN: arnOf(table).replace(':us-east-1:', ':ddblocal:'),
    });
    expect(await originOf(local('advanced', 60), historyOf(MOVED))).toBe('either');
    expect(await originOf(local('basic', 60), historyOf(MOVED))).toBe('either');
    expect(await originOf(local('advanced', 0), historyOf(MOVED))).toBe('tierferry');
    expect(await originOf(local('basic', 120), historyOf(MOVED))).toBe('tierferry');
  });

  test('of a record without a time is unsure if its table was live for a part of the time', async () => {
    const { eventSourceARN, dynamodb } = record('basic', 0);
    const timeless = { eventSourceARN, dynamodb: { Keys: dynamodb?.Keys } };
    expect(await originOf(timeless, historyOf(MOVED))).toBe('either');
    expect(await originOf({ ...timeless, eventSourceARN: arnOf('premium') }, historyOf(MOVED))).toBe(
      'tierferry',
    );
  });

  test('of a sentinel is Tierferry, in the live table too, and without a request', async () => {
    const { router, routes } = aRouter();
    const sentinel = record('basic', 1, sentinelKey(undefined, 'nonce'));
    expect(await originOf(sentinel, router)).toBe('tierferry');
    expect(routes.asked).toEqual([]);
  });

  test('of an item that belongs to no tenant, or to one without a route, is the application', async () => {
    const { router, outcome } = aRouter({}, {});
    const keys = { partitionKey: 'PK', sortKey: 'SK', template: 'TENANT#{tenant}' };
    const of = (PK: string) => ({
      eventSourceARN: arnOf('basic'),
      dynamodb: { Keys: { PK: { S: PK }, SK: { S: 'a' } }, ApproximateCreationDateTime: 110 },
    });
    const none = { liveTables: () => Promise.reject(new TenantRouteNotFound('abc', 'routes')) };
    expect(await originOf(of('TENANT#abc'), none, { keys })).toBe('application');
    expect(await originOf(of('CONFIG'), historyOf(MOVED), { keys })).toBe('application');
    expect(await originOf(of('TENANT#abc'), historyOf(MOVED), { keys })).toBe('tierferry');
    expect(await outcome(originOf(record('basic', 1), router))).toBe('application');
  });

  const SEVERAL: (string | string[])[] = [
    'TENANT#{tenant}#{0..15}',
    ['TENANT#{tenant}', 'TENANT#{tenant}#users'],
  ];
  test.for(SEVERAL)('of an item in any partition is that of its tenant: %s', async (template) => {
    const keys = { partitionKey: 'PK', sortKey: 'SK', template };
    const layout = new KeyLayout(keys);
    const asked: string[] = [];
    const history: TenantHistory = {
      liveTables: async (tenantId) => {
        asked.push(tenantId);
        return MOVED;
      },
    };
    const of = (PK: string, SK: string) =>
      originOf(
        {
          eventSourceARN: arnOf('basic'),
          dynamodb: { Keys: { PK: { S: PK }, SK: { S: SK } }, ApproximateCreationDateTime: 110 },
        },
        history,
        { keys },
      );
    for (const PK of layout.partitionValues('abc')) {
      expect(await of(PK, 'a')).toBe('tierferry');
      expect(await of(PK, sentinelKey(undefined, 'nonce'))).toBe('tierferry');
    }
    expect(asked).toEqual(layout.partitionValues('abc').map(() => 'abc'));
    expect(await of('TENANT#abc#16', 'a')).toBe('application');
  });

  test('is refused for a record that names no table', async () => {
    const { dynamodb } = record('basic', 1);
    await expect(originOf({ dynamodb }, historyOf(MOVED))).rejects.toThrow(TypeError);
  });
});

test('a record belongs to the live table unless a migration has made it for certain', async () => {
  const belongs = (table: string, seconds: number) =>
    belongsToLiveTable(record(table, seconds), historyOf(MOVED));
  expect(await belongs('basic', 90)).toBe(true);
  expect(await belongs('basic', 100)).toBe(true);
  expect(await belongs('advanced', 100)).toBe(true);
  expect(await belongs('advanced', 97)).toBe(false);
  expect(await belongs('basic', 110)).toBe(false);
});

test('a record of a sentinel is recognised by its sort key, whatever that is called', () => {
  const { tenantId, entityKey } = sentinelItem('abc' as TenantId, sentinelKey(undefined, 'nonce'));
  expect(isTierferryRecord({ dynamodb: { Keys: { tenantId, entityKey } } })).toBe(true);
  expect(isTierferryRecord(record('basic', 1))).toBe(false);
  expect(isTierferryRecord({})).toBe(false);
  const keys = { partitionKey: 'PK', sortKey: 'SK', template: '{tenant}' };
  expect(isTierferryRecord({ dynamodb: { Keys: { PK: tenantId, SK: entityKey } } }, { keys })).toBe(true);
  expect(isTierferryRecord({ dynamodb: { Keys: { PK: tenantId, SK: entityKey } } })).toBe(false);
});

describe('the live tables of a router', () => {
  const pastTables = (until: number, from?: number) => ({
    pastTables: {
      L: [
        {
          M: {
            table: { S: 'basic' },
            until: { N: String(until) },
            ...(from === undefined ? {} : { from: { N: String(from) } }),
          },
        },
      ],
    },
  });

  test('are those of the route, which is cached for its lease', async () => {
    const { router, routes, outcome } = aRouter();
    expect(await outcome(router.liveTables('abc'))).toEqual({ table: 'basic', pastTables: [] });
    routes.set({ ...openRoute({ table: 'advanced' }), ...pastTables(7) });
    expect(await outcome(router.liveTables('abc'))).toEqual({ table: 'basic', pastTables: [] });
    expect(routes.asked).toHaveLength(1);
  });

  test('are read again once the lease has ended, with every flip since', async () => {
    const { router, routes, clock, outcome } = aRouter();
    await outcome(router.liveTables('abc'));
    routes.set({ ...openRoute({ table: 'advanced' }), ...pastTables(7, 3) });
    await clock.advance(1_000);
    expect(await outcome(router.liveTables('abc'))).toEqual({
      table: 'advanced',
      pastTables: [{ table: 'basic', from: 3, until: 7 }],
    });
  });

  /*
   * In ms: 0 the first call asks; 10 DynamoDB answers "fenced, basic"; 12 the route is flipped, and the application writes
   * to the new table; 14 the record of that write comes. By the old answer it would be taken for a copy, and be lost.
   */
  test('under a fence are requested after the call, because the record may be of a write after the flip', async () => {
    const { router, routes, clock, outcome } = aRouter({}, { abc: fencedRoute() });
    routes.takes(10, 10);
    const first = router.liveTables('abc');
    await clock.advance(12);
    routes.set({ ...openRoute({ table: 'advanced' }), ...pastTables(7) });
    await clock.advance(2);
    const second = router.liveTables('abc');
    expect(await outcome(first, 6)).toMatchObject({ table: 'basic' });
    expect(await outcome(second, 20)).toMatchObject({ table: 'advanced' });
  });

  test('of a route that came too late for its lease are not used', async () => {
    const { router, routes, outcome } = aRouter();
    const delays = [1_500];
    routes.delay = () => ({ there: 0, answerMs: delays.shift() ?? 0 });
    const asked = router.liveTables('abc');
    routes.set({ ...openRoute({ table: 'advanced' }), ...pastTables(7) });
    expect(await outcome(asked, 1_500)).toMatchObject({ table: 'advanced' });
    expect(routes.asked).toHaveLength(2);
  });

  test.each<[string, Item]>([
    ['no list', { pastTables: { S: 'basic' } }],
    ['an entry without a table', { pastTables: { L: [{ M: { until: { N: '1' } } }] } }],
    ['an entry without a time', { pastTables: { L: [{ M: { table: { S: 'basic' } } }] } }],
  ])('that are damaged, as by %s, are refused, and stop no read', async (_, damage) => {
    const { router, read, outcome } = aRouter({}, { abc: { ...openRoute(), ...damage } });
    expect(await outcome(router.liveTables('abc'))).toBeInstanceOf(TenantRouteInvalid);
    expect(await outcome(read())).toBe('basic');
  });
});
