import { CutoverOverBudget } from '../errors.ts';
import { WORKING_SHARE } from '../fence-time.ts';
import type { Clock } from '../ports.ts';

/** Time that the work under a fence may take, by the monotonic clock. */
export class Budget {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #until: number;

  constructor(clock: Pick<Clock, 'monotonic'>, maxFenceMs: number) {
    this.#clock = clock;
    this.#until = clock.monotonic() + maxFenceMs * WORKING_SHARE;
  }

  /** @throws CutoverOverBudget */
  check(): void {
    if (this.#clock.monotonic() >= this.#until)
      throw new CutoverOverBudget(
        'the work under the fence took too long. Writes are reopened; the cutover is tried again later',
      );
  }
}
