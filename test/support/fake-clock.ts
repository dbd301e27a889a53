import type { Clock } from '../../functions/migration/clock-port.ts';
import { epochMs } from '../../functions/migration/names.ts';

/** A clock that advances only by a call, or when a process sleeps. */
export class FakeClock implements Clock {
  #ms: number;

  constructor(startsAt = Date.UTC(2026, 0, 1)) {
    this.#ms = startsAt;
  }

  advance(ms: number): void {
    this.#ms += ms;
  }

  now() {
    return epochMs(this.#ms);
  }

  monotonic() {
    return this.#ms;
  }

  async sleep(ms: number, signal?: AbortSignal) {
    signal?.throwIfAborted();
    this.advance(ms);
  }
}
