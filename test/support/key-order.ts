import { byKeyOrder } from '../../functions/migration/items/items.ts';
import type { EntityKey } from '../../functions/migration/names.ts';

/** Matches the units of UTF-16 whose order is not that of UTF-8. */
const HIGH = /[\ud800-\uffff]/;

/** Compares as `byKeyOrder` does, without encoding keys whose order is the same in UTF-16. */
export const inKeyOrder = (a: EntityKey, b: EntityKey): number => {
  if (HIGH.test(a) || HIGH.test(b)) return byKeyOrder(a, b);
  return a === b ? 0 : a < b ? -1 : 1;
};
