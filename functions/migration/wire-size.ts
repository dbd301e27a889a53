import { itemSize } from './item-size.ts';
import type { Item } from './items.ts';

/** The most that JSON adds: an empty string in a list counts one byte and is sent as `{"S":""},`; an escape makes 6 of 1. */
const MOST_PER_BYTE = 17;
/** Below this an item's exact size on the wire makes no difference to a batch of 25. */
const SMALL = 32 * 1024;

/** Bytes of an item in a request at most; exact where the item is large. */
export const wireSize = (item: Item): number => {
  const bound = itemSize(item) * MOST_PER_BYTE;
  return bound <= SMALL ? bound : Buffer.byteLength(JSON.stringify(item, base64));
};

function base64(this: unknown, _name: string, value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value;
}
