import type { RouterClock } from './clock.ts';

/** Operations that begin in one go: an SDK call takes a while of the process until it is sent. */
const AT_ONCE = 8;

/**
 * Lets a crowd go on in its order, some at a time, so that answers to the first are read before the last has begun:
 * hundreds that begin in one go hold up the process, and all of them as long as the last.
 */
export class Turns {
  readonly #clock: RouterClock;
  #turn = Promise.resolve();
  #taken = 0;

  constructor(clock: RouterClock) {
    this.#clock = clock;
  }

  next(): Promise<void> {
    this.#taken += 1;
    if (this.#taken % AT_ONCE === 0) this.#turn = this.#turn.then(() => this.#clock.sleep(0));
    return this.#turn;
  }
}
