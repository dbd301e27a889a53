import { itemSize } from './item-size.ts';
import type { Item } from './items.ts';

/**
 * Maximum factor that JSON adds. An empty string in a list counts one byte and is sent as `{"S":""},`; an escape makes
 * 6 bytes of 1.
 */
const MAX_PER_BYTE = 17;
/** Items with a smaller upper bound need no exact size: it makes no difference to a batch of 25. */
const SMALL = 32 * 1024;

/** Returns an upper bound of the bytes of an item in a request; exact for a large item. */
export const wireSize = (item: Item): number => {
  const bound = itemSize(item) * MAX_PER_BYTE;
  return bound <= SMALL ? bound : Buffer.byteLength(JSON.stringify(item, base64));
};

function base64(this: unknown, _name: string, value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value;
}
