import { UnmovableItem } from '../errors.ts';
import type { Item } from './items.ts';
import { DEFAULT_LAYOUT, type KeyLayout } from './key-layout.ts';
import { isSentinel, isSentinelItem } from './sentinel.ts';

/**
 * Name of an attribute whose value the AWS SDK for JavaScript loses. It reads a top-level attribute of this name
 * without its value, and omits it when it writes.
 */
export const LOST_ATTRIBUTE = '__proto__';

export const hasLostAttribute = (item: Item): boolean => Object.hasOwn(item, LOST_ATTRIBUTE);

/**
 * True if an item of the application has the sentinels' marker in its key, so that capture takes it for a sentinel.
 */
export const hasReservedKey = (item: Item, layout: KeyLayout): boolean =>
  isSentinel(layout.keyOf(item)) && !isSentinelItem(item, layout);

/**
 * Rejects items that a migration would silently leave out or change (I2). The plan finds those that existed before it.
 * @throws UnmovableItem
 */
export const refuseUnmovable = (items: readonly Item[], layout: KeyLayout = DEFAULT_LAYOUT): void => {
  const reserved = items.filter((item) => hasReservedKey(item, layout)).length;
  const lost = items.filter(hasLostAttribute).length;
  if (reserved + lost > 0) {
    throw new UnmovableItem(
      `${reserved} of the tenant's items in one page have a key reserved for Tierferry's sentinels, and ${lost} have an attribute ${LOST_ATTRIBUTE}. They were not changed. A plan names their keys and the remedy`,
    );
  }
};
