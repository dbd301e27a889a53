import { expiryOf, hasPassed } from '../expiry.ts';
import { itemHash } from '../fingerprint.ts';
import type { Item } from '../items.ts';
import type { EpochMs, MigrationId } from '../names.ts';
import type { Ports } from '../ports.ts';
import type { ExpiringSoFar, Segment } from '../segment.ts';
import type { Settings } from '../settings.ts';

/** Bytes of an entry: the expiry in seconds, and so much of the item's hash that no other value passes for it by chance. */
const EXPIRY_BYTES = 4;
const HASH_BYTES = 8;
const ENTRY_BYTES = EXPIRY_BYTES + HASH_BYTES;
const LATEST_SECONDS = 2 ** 32 - 1;

/**
 * Notes the items of the kept source that may expire, 12 bytes each. A checksum can't hold them: DynamoDB may delete any
 * of them during the hold, and the values of the others must still be those that were flipped.
 */
export class ExpiringItems {
  readonly #settings: Pick<Settings, 'tableDesign'>;
  readonly #entries: Uint8Array[];

  /** @param earlier those that an earlier slice of the pass has noted. */
  constructor(settings: Pick<Settings, 'tableDesign'>, earlier: Uint8Array = new Uint8Array()) {
    this.#settings = settings;
    this.#entries = [earlier];
  }

  /** Items that do not expire are left out. */
  add(item: Item): void {
    const entry = entryOf(item, this.#settings);
    if (entry) this.#entries.push(entry);
  }

  get items(): number {
    return this.#entries.reduce((sum, { byteLength }) => sum + byteLength, 0) / ENTRY_BYTES;
  }

  value(): Uint8Array {
    return Buffer.concat(this.#entries);
  }
}

/** Compares the kept source's items that may expire with those that were noted when it was flipped. */
export class ExpiringItemsCheck {
  readonly #settings: Pick<Settings, 'tableDesign'>;
  readonly #unseen = new Set<string>();
  #changed: number;

  constructor(settings: Pick<Settings, 'tableDesign'>, noted: Uint8Array, changed = 0) {
    this.#settings = settings;
    this.#changed = changed;
    const entries = Buffer.from(noted);
    for (let n = 0; n < entries.length; n += ENTRY_BYTES)
      this.#unseen.add(entries.toString('hex', n, n + ENTRY_BYTES));
  }

  /** Takes an item of the source as it is now, once. Items that do not expire are left out. */
  see(item: Item): void {
    const entry = entryOf(item, this.#settings);
    if (entry && !this.#unseen.delete(entry.toString('hex'))) this.#changed += 1;
  }

  /** Returns what another slice goes on from. */
  soFar(): ExpiringSoFar {
    return {
      unseen: Buffer.from([...this.#unseen].join(''), 'hex').toString('base64'),
      changed: this.#changed,
    };
  }

  /**
   * Number of items that were added or changed since the flip, or are missing although their time has not passed.
   * @param at a time after the source was read.
   */
  changed(at: EpochMs): number {
    const early = [...this.#unseen].filter(
      (entry) => !hasPassed(Number.parseInt(entry.slice(0, EXPIRY_BYTES * 2), 16), at),
    );
    return this.#changed + early.length;
  }
}

/**
 * Returns the check of one segment; undefined if nothing is known of it, since an earlier version compared it.
 * @param earlier what an earlier slice of the pass has seen.
 */
export const expiringItemsCheck = async (
  { segments, settings }: Pick<Ports, 'segments' | 'settings'>,
  migrationId: MigrationId,
  { number, keptExpiring }: Segment,
  earlier?: ExpiringSoFar,
): Promise<ExpiringItemsCheck | undefined> => {
  if (keptExpiring === undefined) return undefined;
  if (earlier)
    return new ExpiringItemsCheck(settings, Buffer.from(earlier.unseen, 'base64'), earlier.changed);
  const noted = keptExpiring > 0 ? await segments.expiring(migrationId, number) : undefined;
  return new ExpiringItemsCheck(settings, noted ?? new Uint8Array());
};

const entryOf = (item: Item, settings: Pick<Settings, 'tableDesign'>): Buffer | undefined => {
  const seconds = expiryOf(item, settings);
  if (seconds === undefined) return undefined;
  const entry = Buffer.alloc(ENTRY_BYTES);
  entry.writeUInt32BE(Math.min(Math.max(Math.floor(seconds), 0), LATEST_SECONDS));
  entry.set(itemHash(item).subarray(0, HASH_BYTES), EXPIRY_BYTES);
  return entry;
};
