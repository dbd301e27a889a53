import { mayExpire } from '../expiry.ts';
import { FingerprintBuilder } from '../fingerprint.ts';
import type { Item } from '../items.ts';
import type { Segment } from '../segment.ts';
import type { Settings } from '../settings.ts';
import type { Pair } from './differences.ts';
import { ExpiringItems } from './expiring-items.ts';

/** Adds up what a comparison of a segment leaves behind. */
export class SideFingerprints {
  readonly #settings: Settings;
  readonly #source = new FingerprintBuilder();
  readonly #target = new FingerprintBuilder();
  readonly #kept = new FingerprintBuilder();
  readonly #expiring: ExpiringItems;
  #changed = 0;

  constructor(settings: Settings) {
    this.#settings = settings;
    this.#expiring = new ExpiringItems(settings);
  }

  /** A key that both sides are compared by; one that has expired on one side counts for neither. */
  add({ kind, source, target }: Pair): void {
    if (source && kind !== 'expired') this.#source.add(source);
    if (target && kind !== 'expired') this.#target.add(target);
    this.#keep(source);
  }

  /** A key that the application has changed on the target since the flip: only the kept source still has what was flipped. */
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

  /** The kept source's items that may expire, as `ExpiringItems` notes them. */
  expiring(): Uint8Array {
    return this.#expiring.value();
  }

  #keep(source: Item | undefined): void {
    if (!source) return;
    if (mayExpire(source, this.#settings)) this.#expiring.add(source);
    else this.#kept.add(source);
  }
}
