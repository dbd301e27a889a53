import { ChecksumBuilder } from '../items/checksum.ts';
import { mayExpire } from '../items/expiry.ts';
import type { Item } from '../items/items.ts';
import type { Segment, SidesProgress } from '../segment.ts';
import type { Settings } from '../settings/settings.ts';
import type { Pair } from './differences.ts';
import { ExpiringItems } from './expiring-items.ts';

/** Accumulates the checksums that a comparison of a segment saves. */
export class SideChecksums {
  readonly #settings: Settings;
  readonly #source = new ChecksumBuilder();
  readonly #target = new ChecksumBuilder();
  readonly #kept = new ChecksumBuilder();
  readonly #expiring: ExpiringItems;
  #changed: number;

  /** @param earlier sums of earlier slices of the comparison. */
  constructor(settings: Settings, earlier?: SidesProgress) {
    this.#settings = settings;
    this.#changed = earlier?.changed ?? 0;
    this.#expiring = new ExpiringItems(settings, Buffer.from(earlier?.expiring ?? '', 'base64'));
    if (!earlier) return;
    this.#source.merge(earlier.source);
    this.#target.merge(earlier.target);
    this.#kept.merge(earlier.kept);
  }

  /** Adds a key to both sides' checksums. An item that only one side has, and that has expired, counts for neither. */
  add({ kind, source, target }: Pair): void {
    if (source && kind !== 'expired') this.#source.add(source);
    if (target && kind !== 'expired') this.#target.add(target);
    this.#keep(source);
  }

  /** Adds a key that the application has changed on the target since the flip: only the kept source has its item of the flip. */
  addChanged({ source }: Pair): void {
    this.#changed += 1;
    this.#keep(source);
  }

  value(): Required<Pick<Segment, 'verified' | 'kept' | 'keptExpiring'>> {
    return {
      verified: { source: this.#source.value(), target: this.#target.value(), changed: this.#changed },
      kept: this.#kept.value(),
      keptExpiring: this.#expiring.items,
    };
  }

  /** Returns the state from which the next slice resumes. */
  soFar(): SidesProgress {
    return {
      source: this.#source.value(),
      target: this.#target.value(),
      kept: this.#kept.value(),
      changed: this.#changed,
      expiring: Buffer.from(this.expiring()).toString('base64'),
    };
  }

  /** Returns the kept source's items that may expire, as `ExpiringItems` encodes them. */
  expiring(): Uint8Array {
    return this.#expiring.value();
  }

  #keep(source: Item | undefined): void {
    if (!source) return;
    if (mayExpire(source, this.#settings)) this.#expiring.add(source);
    else this.#kept.add(source);
  }
}
