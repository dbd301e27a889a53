import type { Clock } from '../clock-port.ts';
import { CutoverOverBudget } from '../errors.ts';
import type { FencePhases } from '../migration.ts';
import { WORKING_SHARE } from '../settings/fence-time.ts';

/** Time that the work under the fence may take, and when its phases ended, by the monotonic clock. */
export class Budget {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #since: number;
  readonly #until: number;
  #phases: FencePhases = {};

  constructor(clock: Pick<Clock, 'monotonic'>, maxFenceMs: number) {
    this.#clock = clock;
    this.#since = clock.monotonic();
    this.#until = this.#since + maxFenceMs * WORKING_SHARE;
  }

  /** When each phase ended, in ms since the budget began. */
  get phases(): FencePhases {
    return this.#phases;
  }

  /** Notes that a phase has ended; only its first end counts. */
  ended(phase: keyof FencePhases): void {
    const ms = Math.round(this.#clock.monotonic() - this.#since);
    this.#phases = { [phase]: ms, ...this.#phases };
  }

  /** @throws CutoverOverBudget */
  check(): void {
    if (this.#clock.monotonic() >= this.#until)
      throw new CutoverOverBudget(
        'the work under the fence took too long. Writes are reopened; the cutover is tried again later',
      );
  }
}
