import { expect, test } from 'vitest';
import { epochMs, type RoutingEpoch, type TableName, tableName } from '../../../functions/migration/names.ts';
import { unknownBefore, withPastTable } from '../../../functions/migration/route/past-tables.ts';
import type { Route } from '../../../functions/migration/route/route.ts';
import { whenLive } from '../../../functions/router/consumers/live-tables.ts';
import { aRoute } from '../../support/records.ts';

const [basic, advanced] = [tableName('basic'), tableName('advanced')];
const registered = aRoute({ table: basic });
const flippedTo = (route: Route, table: TableName): Route => ({
  ...route,
  table,
  epoch: (route.epoch + 1) as RoutingEpoch,
});

test('a flip adds the table that the tenant leaves, with the time of the flip', () => {
  const moved = withPastTable(registered, flippedTo(registered, advanced), epochMs(7));
  expect(moved).toEqual({ ...flippedTo(registered, advanced), pastTables: [{ table: basic, until: 7 }] });
});

test('a rollback adds the target, which was live between the two flips', () => {
  const moved = withPastTable(registered, flippedTo(registered, advanced), epochMs(7));
  const rolledBack = withPastTable(moved, flippedTo(moved, basic), epochMs(9));
  expect(rolledBack.pastTables).toEqual([
    { table: basic, until: 7 },
    { table: advanced, from: 7, until: 9 },
  ]);
});

test('a route that has not flipped is not changed', () => {
  const fenced: Route = { ...registered, writes: 'fenced' };
  expect(withPastTable(registered, fenced, epochMs(7))).toBe(fenced);
});

test('a route keeps the tables of its last ten flips, and the time from which it knows them', () => {
  let route = registered;
  for (let flips = 1; flips <= 12; flips += 1) {
    const other = route.table === basic ? advanced : basic;
    route = withPastTable(route, flippedTo(route, other), epochMs(flips));
  }
  expect(route.pastTables).toHaveLength(10);
  expect(route.pastTables?.[0]).toEqual({ table: basic, from: 2, until: 3 });
  expect(route.pastTables?.at(-1)).toEqual({ table: advanced, from: 11, until: 12 });
});

test('a route that is made anew calls no record from before it one of a migration', () => {
  const tables = { table: advanced, pastTables: [...unknownBefore(epochMs(1_000), advanced)] };
  const at = (table: TableName, time: number) => whenLive(tables, table, { from: time, to: time });
  expect([at(basic, 999), at(advanced, 999)]).toEqual(['partly', 'partly']);
  expect([at(basic, 1_001), at(advanced, 1_001)]).toEqual(['never', 'always']);
  const moved = withPastTable(aRoute(tables), { ...aRoute(tables), table: basic }, epochMs(2_000));
  expect(moved.pastTables?.at(-1)).toEqual({ table: advanced, from: 1_000, until: 2_000 });
});
