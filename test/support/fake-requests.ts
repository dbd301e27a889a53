import type { EpochMs } from '../../functions/migration/names.ts';
import {
  type EarlierRequest,
  type IdempotentRequests,
  REQUEST_MS,
} from '../../functions/migration/requests/idempotent-requests-port.ts';

type Begun = EarlierRequest & { readonly begunAt: EpochMs };

export class FakeRequests implements IdempotentRequests {
  readonly #begun = new Map<string, Begun>();

  async begin(id: string, request: string, at: EpochMs) {
    const earlier = this.#begun.get(id);
    const isDead = earlier && !earlier.answer && earlier.begunAt < at - REQUEST_MS;
    if (earlier && !isDead) {
      const { begunAt: _, ...found } = earlier;
      return found;
    }
    this.#begun.set(id, { request, begunAt: at });
    return undefined;
  }

  async finish(id: string, request: string, answer: NonNullable<EarlierRequest['answer']>) {
    const begun = this.#begun.get(id);
    if (begun?.request === request && !begun.answer) this.#begun.set(id, { ...begun, answer });
  }

  async forget(id: string, request: string) {
    const begun = this.#begun.get(id);
    if (begun?.request === request && !begun.answer) this.#begun.delete(id);
  }
}
