import { once } from 'node:events';

/** A gate that callers wait at while it is closed. */
export class Gate {
  readonly #events = new EventTarget();
  #isOpen = true;

  open(): void {
    this.#isOpen = true;
    this.#events.dispatchEvent(new Event('open'));
  }

  close(): void {
    this.#isOpen = false;
  }

  /** Rejects when the signal aborts. */
  async pass(signal: AbortSignal): Promise<void> {
    while (!this.#isOpen) await once(this.#events, 'open', { signal });
    signal.throwIfAborted();
  }
}
