import type { EpochMs, TableName } from '../names.ts';
import type { PastTable, Route } from './route.ts';

/**
 * Maximum number of past tables that a route keeps: five moves that were each rolled back. It bounds the route's size, which
 * every router reads: ten entries are about 1 KB.
 */
const MAX_PAST_TABLES = 10;

/**
 * Adds the table that was live before a flip to the past tables of the flipped route. Consumers of the tables' streams
 * need them to tell changes of the application from changes of a migration.
 *
 * `at` is a time under the fence, after all leases have run out. So every write of the application to the former table
 * began before it, and every write to the new live table begins after it.
 */
export const withPastTable = (before: Route, flipped: Route, at: EpochMs): Route => {
  if (flipped.table === before.table) return flipped;
  const { pastTables = [] } = before;
  const past = { table: before.table, from: pastTables.at(-1)?.until, until: at };
  return { ...flipped, pastTables: [...pastTables, past].slice(-MAX_PAST_TABLES) };
};

/**
 * Returns the past tables of a route that is made anew after an earlier one was deleted: the live table since `at`, and
 * nothing before. So consumers take no earlier record for one of a migration, whichever table was live then.
 */
export const unknownBefore = (at: EpochMs, table: TableName): readonly PastTable[] => [
  { table, from: at, until: at },
];
