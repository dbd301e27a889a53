import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { TenantRouteInvalid } from '../errors.ts';
import type { CallOptions } from '../routing.ts';
import type { TimeSpan } from './stream-record.ts';

/** A table that was the tenant's live table until a flip. Times are in ms since 1970. */
export interface PastTable {
  readonly table: string;
  /** Time of the flip that made it live; absent if the tenant was registered there. */
  readonly from?: number | undefined;
  /** Time of the flip that made another table live. */
  readonly until: number;
}

/** The tables in which a tenant lives and has lived. */
export interface LiveTables {
  /** The live table. */
  readonly table: string;
  /** The tables that were live before, oldest first: those of the last ten flips. */
  readonly pastTables: readonly PastTable[];
}

/** Knows in which tables a tenant has lived. `TenantRouter` implements it; tests may replace it. */
export interface TenantHistory {
  /**
   * Returns the tenant's live table and past tables. The answer includes every flip that happened before the call. See
   * `TenantRouter.liveTables` for the errors.
   */
  liveTables(tenantId: string, options?: CallOptions): Promise<LiveTables>;
}

/** Parses the past tables of a route. @throws TenantRouteInvalid */
export const parsePastTables = (tenantId: string, value: AttributeValue | undefined): PastTable[] => {
  const invalid = (attribute: string) =>
    new TenantRouteInvalid(tenantId, `${attribute} of its route is not valid. The record was not processed.`);
  const time = (attribute: string, given: AttributeValue | undefined): number => {
    const number = Number(given?.N || Number.NaN);
    if (!Number.isFinite(number)) throw invalid(attribute);
    return number;
  };
  if (value !== undefined && !value.L) throw invalid('pastTables');
  return (value?.L ?? []).map(({ M: past }) => {
    const table = past?.table?.S;
    if (!table) throw invalid('pastTables.table');
    return {
      table,
      from: past.from && time('pastTables.from', past.from),
      until: time('pastTables.until', past.until),
    };
  });
};

/**
 * Tells whether a table was live for the whole of a time span, for a part of it, or for none of it. Before the first table
 * that is known, any table may have been live.
 */
export const whenLive = (
  { table: live, pastTables }: LiveTables,
  table: string,
  { from, to }: TimeSpan,
): 'always' | 'partly' | 'never' => {
  const beginning = pastTables[0]?.from ?? Number.NEGATIVE_INFINITY;
  const lives = [
    ...pastTables,
    { table: live, from: pastTables.at(-1)?.until, until: Number.POSITIVE_INFINITY },
  ];
  const during = lives.filter((one) => (one.from ?? Number.NEGATIVE_INFINITY) <= to && from < one.until);
  const isUnknown = from < beginning;
  const wasLive = isUnknown || during.some((one) => one.table === table);
  const wasNotLive = isUnknown || during.some((one) => one.table !== table);
  if (wasLive && wasNotLive) return 'partly';
  return wasLive ? 'always' : 'never';
};
