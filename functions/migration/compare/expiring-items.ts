import { itemHash } from '../items/checksum.ts';
import { expiryOf, hasPassed } from '../items/expiry.ts';
import type { Item } from '../items/items.ts';
import type { EpochMs, MigrationId } from '../names.ts';
import type { Ports } from '../ports.ts';
import type { ExpiringProgress, Segment } from '../segment.ts';
import type { Settings } from '../settings/settings.ts';

/** Sizes of an entry's parts in bytes: the expiry in seconds, and enough of the item's hash to rule out chance matches. */
const EXPIRY_BYTES = 4;
const HASH_BYTES = 8;
const ENTRY_BYTES = EXPIRY_BYTES + HASH_BYTES;
const LATEST_SECONDS = 2 ** 32 - 1;

/**
 * Records the items of the kept source that may expire, 12 bytes each. A checksum cannot cover them, since DynamoDB may
 * delete any of them during the hold. Those that remain must still have the values that they had at the flip.
 */
export class ExpiringItems {
  readonly #settings: Pick<Settings, 'tableDesign'>;
  readonly #entries: Uint8Array[];

  /** @param earlier entries that earlier slices of the pass have recorded. */
  constructor(settings: Pick<Settings, 'tableDesign'>, earlier: Uint8Array = new Uint8Array()) {
    this.#settings = settings;
    this.#entries = [earlier];
  }

  /** Records the item if it may expire. */
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

/** Compares the kept source's items that may expire with those recorded after the flip. */
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

  /** Checks one of the source's present items, which the caller passes once. Ignores items that do not expire. */
  see(item: Item): void {
    const entry = entryOf(item, this.#settings);
    if (entry && !this.#unseen.delete(entry.toString('hex'))) this.#changed += 1;
  }

  /** Returns the state from which the next slice resumes. */
  soFar(): ExpiringProgress {
    return {
      unseen: Buffer.from([...this.#unseen].join(''), 'hex').toString('base64'),
      changed: this.#changed,
    };
  }

  /**
   * Counts the items that were added or changed since the flip, or are missing before their time to live is over.
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
 * Returns the check of one segment; undefined if an earlier version compared the segment and recorded no expiring items.
 * @param earlier state that an earlier slice of the pass has saved.
 */
export const expiringItemsCheck = async (
  { segments, settings }: Pick<Ports, 'segments' | 'settings'>,
  migrationId: MigrationId,
  { number, keptExpiring }: Segment,
  earlier?: ExpiringProgress,
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
