import type { Item } from './items.ts';
import type { EpochMs } from './names.ts';
import type { Settings } from './settings.ts';

const MS = 1_000;
/** DynamoDB leaves an item alone whose time is further back. [Time to Live: no more than five years in the past] */
const FIVE_YEARS_SECONDS = 5 * 365.25 * 24 * 60 * 60;

/** When the item expires, in seconds since 1970; undefined where it does not: only a number counts. [Time to Live] */
const expiryOf = (item: Item, { tableDesign }: Pick<Settings, 'tableDesign'>): number | undefined => {
  const value = tableDesign.ttlAttribute === undefined ? undefined : item[tableDesign.ttlAttribute]?.N;
  return value === undefined ? undefined : Number(value);
};

/**
 * Whether the item's time has passed. DynamoDB may keep such an item for days and deletes it by itself, on each side when
 * it likes, so it counts as absent on both.
 */
export const isExpired = (item: Item, settings: Pick<Settings, 'tableDesign'>, at: EpochMs): boolean => {
  const seconds = expiryOf(item, settings);
  return seconds !== undefined && seconds <= at / MS && seconds > at / MS - FIVE_YEARS_SECONDS;
};

/** Whether DynamoDB may delete the item by itself some day: what was read of it can't be expected later. */
export const mayExpire = (item: Item, settings: Pick<Settings, 'tableDesign'>): boolean =>
  expiryOf(item, settings) !== undefined;
