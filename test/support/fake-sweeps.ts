import type { SweepState, Sweeps } from '../../functions/migration/growth/sweeps-port.ts';

export class FakeSweeps implements Sweeps {
  #state: SweepState = {};

  async current() {
    return structuredClone(this.#state);
  }

  async save(state: SweepState) {
    this.#state = structuredClone(state);
  }
}
