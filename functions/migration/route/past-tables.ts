import type { EpochMs } from '../names.ts';
import type { Route } from './route.ts';

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
