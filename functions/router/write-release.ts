import type { RouterClock } from './clock.ts';

/** Number of operations that start per event-loop turn. Sending an SDK call takes CPU time. */
const STARTS_PER_TICK = 8;

/**
 * Releases waiting operations in order, eight per event-loop turn, so that early responses are handled before the last
 * request is sent. If hundreds of operations started in one turn, they would block the process, and each would take as
 * long as the last.
 */
export class WriteRelease {
  readonly #clock: RouterClock;
  #turn = Promise.resolve();
  #taken = 0;

  constructor(clock: RouterClock) {
    this.#clock = clock;
  }

  next(): Promise<void> {
    this.#taken += 1;
    if (this.#taken % STARTS_PER_TICK === 0) this.#turn = this.#turn.then(() => this.#clock.sleep(0));
    return this.#turn;
  }
}
