import type { EpochMs } from '../names.ts';
import type { Settings } from '../settings/settings.ts';
import type { Item } from './items.ts';

const MS = 1_000;
/** DynamoDB does not delete an item that expired longer ago. [Time to Live: no more than five years in the past] */
const FIVE_YEARS_SECONDS = 5 * 365.25 * 24 * 60 * 60;

/**
 * Returns the time at which the item expires, in seconds since 1970; undefined if it does not. Only a number counts.
 * [Time to Live]
 */
export const expiryOf = (item: Item, { tableDesign }: Pick<Settings, 'tableDesign'>): number | undefined => {
  const value = tableDesign.ttlAttribute === undefined ? undefined : item[tableDesign.ttlAttribute]?.N;
  return value === undefined ? undefined : Number(value);
};

/** True if DynamoDB may have deleted an item that expires at this time, in seconds since 1970. */
export const hasPassed = (seconds: number, at: EpochMs): boolean =>
  seconds <= at / MS && seconds > at / MS - FIVE_YEARS_SECONDS;

/** True if the item has expired. DynamoDB may keep such an item for days, and the application may still change it. */
export const isExpired = (item: Item, settings: Pick<Settings, 'tableDesign'>, at: EpochMs): boolean => {
  const seconds = expiryOf(item, settings);
  return seconds !== undefined && hasPassed(seconds, at);
};

/**
 * True if one side has no item and the item of the other side has expired. DynamoDB deletes it on each side at a time
 * of its own. Expiry excuses nothing else: if both sides have an item, the values must be equal, since the application
 * may still change an expired item and revive it.
 * @param at a time after both sides were read: an item that was missing then must have expired by it.
 */
export const isExpiryOnOneSide = (
  source: Item | undefined,
  target: Item | undefined,
  settings: Pick<Settings, 'tableDesign'>,
  at: EpochMs,
): boolean => {
  const only = source && target ? undefined : (source ?? target);
  return only !== undefined && isExpired(only, settings, at);
};

/** True if DynamoDB may delete the item some day because it expires. Its absence is then no change. */
export const mayExpire = (item: Item, settings: Pick<Settings, 'tableDesign'>): boolean =>
  expiryOf(item, settings) !== undefined;
