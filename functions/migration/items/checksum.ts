import { hash } from 'node:crypto';
import type { Checksum } from '../segment.ts';
import { canonicalItem } from './canonical-item.ts';
import { itemSize } from './item-size.ts';
import type { Item } from './items.ts';

/** Returns the SHA-256 hash of the canonical item: 32 bytes. */
export const itemHash = (item: Item): Uint8Array => hash('sha256', canonicalItem(item), 'buffer');

const SHORT_BYTES = 12;

/** Returns enough of an item's hash, in hex, that no other item matches it by chance. */
export const shortHash = (item: Item): string =>
  Buffer.from(itemHash(item).subarray(0, SHORT_BYTES)).toString('hex');

const WORDS = 8;
const WORD = 2 ** 32;
/** Sums of 32-bit words stay exact in a double for 2^21 additions; they are carried well before that. */
const CARRY_EVERY = 2 ** 20;

/**
 * Adds items up to a checksum in any order: count, bytes, and the sum of the items' hashes modulo 2^256. It is a sum
 * and not an XOR, so that an item that occurs twice does not cancel out.
 */
export class ChecksumBuilder {
  #items = 0;
  #bytes = 0;
  /** The sum in words of 32 bits, lowest first, each including what it has not yet carried. */
  readonly #words = new Float64Array(WORDS);
  #uncarried = 0;

  add(item: Item): void {
    this.#items += 1;
    this.#bytes += itemSize(item);
    this.#addHash(itemHash(item));
  }

  merge(other: Checksum): void {
    this.#items += other.items;
    this.#bytes += other.bytes;
    this.#addHash(Buffer.from(other.checksum, 'hex'));
  }

  value(): Checksum {
    this.#carry();
    const checksum = Array.from(this.#words, (word) => word.toString(16).padStart(8, '0'))
      .reverse()
      .join('');
    return { items: this.#items, bytes: this.#bytes, checksum };
  }

  #addHash(bytes: Uint8Array): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let word = 0; word < WORDS; word += 1) {
      this.#words[word] = (this.#words[word] ?? 0) + view.getUint32((WORDS - 1 - word) * 4);
    }
    this.#uncarried += 1;
    if (this.#uncarried >= CARRY_EVERY) this.#carry();
  }

  #carry(): void {
    let carry = 0;
    for (let word = 0; word < WORDS; word += 1) {
      const sum = (this.#words[word] ?? 0) + carry;
      this.#words[word] = sum % WORD;
      carry = Math.floor(sum / WORD);
    }
    this.#uncarried = 0;
  }
}
