/** The removal of one kind of resource that a run may leave behind. */
export interface Removal {
  /** Completes the sentence "left behind: ...". */
  readonly what: string;
  /** Removes the resources. Safe to repeat, and before any was created. @throws Error as long as one is left */
  remove(): Promise<void>;
}

/** A removal that did not succeed. */
export interface LeftOver {
  readonly what: string;
  readonly reason: string;
}

interface RetryPace {
  /** Maximum number of attempts at each removal. */
  readonly rounds: number;
  readonly pauseMs: number;
  readonly sleep: (ms: number) => Promise<unknown>;
}

/**
 * The removals of a run. Each is registered before its resources are created, so that an interruption at any point leaves
 * nothing unknown. They run in reverse order: executions are stopped before tables are deleted, and stacks come last.
 */
export class Removals {
  readonly #removals: Removal[] = [];
  readonly #pace: RetryPace;
  #running: Promise<readonly LeftOver[]> | undefined;

  constructor(pace: RetryPace) {
    this.#pace = pace;
  }

  add(removal: Removal): void {
    this.#removals.unshift(removal);
  }

  /**
   * Runs every removal until each has succeeded or its attempts are used up. A failure does not stop the others: a table that
   * is being backed up is deleted in a later round. A second call returns the result of the first.
   */
  run(): Promise<readonly LeftOver[]> {
    this.#running ??= this.#run();
    return this.#running;
  }

  async #run(): Promise<readonly LeftOver[]> {
    const { rounds, pauseMs, sleep } = this.#pace;
    let left: LeftOver[] = [];
    let unfinished = this.#removals;
    for (let round = 1; round <= rounds && unfinished.length > 0; round += 1) {
      if (round > 1) await sleep(pauseMs);
      left = [];
      const failed: Removal[] = [];
      for (const removal of unfinished) {
        try {
          await removal.remove();
        } catch (error) {
          failed.push(removal);
          left.push({ what: removal.what, reason: error instanceof Error ? error.message : String(error) });
        }
      }
      unfinished = failed;
    }
    return left;
  }
}

/** The process was asked to end. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/** The source of SIGINT and SIGTERM. */
export interface Signals {
  on(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
  off(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
}

/**
 * Runs `work`, then the clean-up, even if the work fails. The first SIGINT or SIGTERM aborts the work's signal. Later ones
 * are reported and do not interrupt the removal, since resources that are left cost money.
 * @returns the work's result or its error, and the removals that failed.
 */
export const withTeardown = async <T>(
  cleanUp: Removals,
  { signals, onAgain }: { readonly signals: Signals; readonly onAgain: () => void },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<{
  readonly result: T | undefined;
  readonly error: unknown;
  readonly left: readonly LeftOver[];
}> => {
  const controller = new AbortController();
  const stop = () => {
    if (controller.signal.aborted) onAgain();
    else controller.abort(new Interrupted('the run was interrupted'));
  };
  signals.on('SIGINT', stop);
  signals.on('SIGTERM', stop);
  let result: T | undefined;
  let error: unknown;
  try {
    result = await work(controller.signal);
  } catch (caught) {
    error = caught;
  }
  try {
    return { result, error, left: await cleanUp.run() };
  } finally {
    signals.off('SIGINT', stop);
    signals.off('SIGTERM', stop);
  }
};
