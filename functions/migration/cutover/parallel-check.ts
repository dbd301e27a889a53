/**
 * A check that runs concurrently with the drain. It causes no unhandled rejection: `isDone` throws the error of a
 * failed check.
 */
export class ParallelCheck {
  readonly #running: Promise<void>;
  #isDone = false;
  #failure: { readonly error: unknown } | undefined;

  /** Starts the check. */
  constructor(check: () => Promise<void>) {
    this.#running = check().then(
      () => {
        this.#isDone = true;
      },
      (error: unknown) => {
        this.#failure = { error };
      },
    );
  }

  /** True once the check has passed. @throws the error of the check. */
  isDone(): boolean {
    if (this.#failure) throw this.#failure.error;
    return this.#isDone;
  }

  /** Returns once the check has passed or failed. */
  async ended(): Promise<void> {
    await this.#running;
  }
}
