import { isSentinel, isSentinelItem } from './capture/sentinel.ts';
import { UnmovableItem } from './errors.ts';
import { type Item, keyOf } from './items.ts';

/**
 * Name of an attribute whose value the AWS SDK for JavaScript loses: it reads a top-level attribute of this name without its
 * value, and leaves it out when it writes.
 */
export const LOST_ATTRIBUTE = '__proto__';

export const hasLostAttribute = (item: Item): boolean => Object.hasOwn(item, LOST_ATTRIBUTE);

/** True if an item of the application has the word of our sentinels in its key: capture takes it for a sentinel. */
export const hasReservedKey = (item: Item): boolean => isSentinel(keyOf(item)) && !isSentinelItem(item);

/**
 * Refuses items that a migration would leave out or change without a word (I2): the plan finds those that were there before.
 * @throws UnmovableItem
 */
export const refuseUnmovable = (items: readonly Item[]): void => {
  const reserved = items.filter(hasReservedKey).length;
  const lost = items.filter(hasLostAttribute).length;
  if (reserved + lost > 0) {
    throw new UnmovableItem(
      `a page of the tenant's items has ${reserved} with a key that is reserved for Tierferry's sentinels, and ${lost} with an attribute ${LOST_ATTRIBUTE}. They were left as they are. A plan names their keys and says what to do`,
    );
  }
};
