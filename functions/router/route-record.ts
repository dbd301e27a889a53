import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { TenantRouteInvalid } from './errors.ts';

/** What the router needs of a tenant's record in the routes table; it leaves the rest of it alone. */
export interface RouteRecord {
  /** The live table. */
  readonly table: string;
  readonly epoch: number;
  readonly writes: 'open' | 'fenced';
  /** How long the route may be used after it was asked for, in ms. */
  readonly leaseMs: number;
  /** When the fence is gone at the latest, in ms since 1970. */
  readonly fenceDeadline?: number;
}

/**
 * Whether the route may be used for some time without asking again. A fenced one may be flipped at any moment, and a
 * lease of 0 ms is none: by either, nobody may write.
 */
export const lendsTime = ({ writes, leaseMs }: RouteRecord): boolean => writes === 'open' && leaseMs > 0;

type Wire = Readonly<Record<string, AttributeValue>>;

/** @throws TenantRouteInvalid */
export const parseRoute = (tenantId: string, item: Wire): RouteRecord => {
  const invalid = (attribute: string, expected: string) =>
    new TenantRouteInvalid(tenantId, `${attribute} of its route is not ${expected}`);
  const text = (attribute: string): string => {
    const value = item[attribute]?.S;
    if (!value) throw invalid(attribute, 'a text');
    return value;
  };
  const amount = (attribute: string, value: AttributeValue | undefined): number => {
    const number = Number(value?.N || Number.NaN);
    if (!Number.isFinite(number) || number < 0) throw invalid(attribute, 'a number from 0');
    return number;
  };

  const writes = text('writes');
  if (writes !== 'open' && writes !== 'fenced') throw invalid('writes', 'open or fenced');
  const fence = item.fence && (item.fence.M ?? {});
  return {
    table: text('table'),
    epoch: amount('epoch', item.epoch),
    writes,
    leaseMs: amount('leaseMs', item.leaseMs),
    ...(fence ? { fenceDeadline: amount('fence.deadline', fence.deadline) } : {}),
  };
};
