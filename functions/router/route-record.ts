import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { TenantRouteInvalid, TenantRouteUnsupported } from './errors.ts';

/** The newest protocol that this router supports. A route without a number has protocol 1. */
export const SUPPORTED_PROTOCOL = 1;

/** The attributes of a tenant's route that the router reads; it ignores all others. */
export interface RouteRecord {
  /** The live table. */
  readonly table: string;
  readonly epoch: number;
  readonly writes: 'open' | 'fenced';
  /** Time for which the route may be used after it was requested, in ms. */
  readonly leaseMs: number;
  /** Time at which the fence ends at the latest, in ms since 1970. */
  readonly fenceDeadline?: number;
  /** Tables that were live before. Parsed only for consumers of the tables' streams, so that damage stops no read or write. */
  readonly pastTables?: AttributeValue | undefined;
}

/**
 * True if the route may be used for some time without requesting it again. A fenced route may flip at any moment, and a
 * lease of 0 ms leaves no time. In both cases no write may start.
 */
export const grantsLease = ({ writes, leaseMs }: RouteRecord): boolean => writes === 'open' && leaseMs > 0;

type Wire = Readonly<Record<string, AttributeValue>>;

/** @throws TenantRouteInvalid @throws TenantRouteUnsupported */
export const parseRoute = (tenantId: string, item: Wire): RouteRecord => {
  const invalid = (attribute: string, expected: string) =>
    new TenantRouteInvalid(
      tenantId,
      `${attribute} of its route is not ${expected}. The operation was not started.`,
    );
  const text = (attribute: string): string => {
    const value = item[attribute]?.S;
    if (!value) throw invalid(attribute, 'a string');
    return value;
  };
  const amount = (attribute: string, value: AttributeValue | undefined): number => {
    const number = Number(value?.N || Number.NaN);
    if (!Number.isFinite(number) || number < 0) throw invalid(attribute, 'a number of at least 0');
    return number;
  };

  // first: another protocol may give every other attribute another meaning
  const protocol = item.protocol ? amount('protocol', item.protocol) : 1;
  if (!Number.isInteger(protocol) || protocol === 0)
    throw invalid('protocol', 'a whole number of at least 1');
  if (protocol > SUPPORTED_PROTOCOL) throw new TenantRouteUnsupported(tenantId, protocol, SUPPORTED_PROTOCOL);
  const writes = text('writes');
  if (writes !== 'open' && writes !== 'fenced') throw invalid('writes', 'open or fenced');
  const fence = item.fence && (item.fence.M ?? {});
  return {
    table: text('table'),
    epoch: amount('epoch', item.epoch),
    writes,
    leaseMs: amount('leaseMs', item.leaseMs),
    fenceDeadline: fence && amount('fence.deadline', fence.deadline),
    pastTables: item.pastTables,
  };
};
