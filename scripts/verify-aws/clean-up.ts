/** Removes one kind of thing that a run may leave behind. */
export interface Removal {
  /** Completes the sentence "left behind: ...". */
  readonly what: string;
  /** Safe to repeat, and before the thing was ever created. @throws Error as long as something is left. */
  remove(): Promise<void>;
}

/** A removal that did not succeed. */
export interface LeftOver {
  readonly what: string;
  readonly reason: string;
}

interface Pace {
  /** How often each removal is tried. */
  readonly rounds: number;
  readonly pauseMs: number;
  readonly sleep: (ms: number) => Promise<unknown>;
}

/**
 * What a run has to remove. A removal is registered before its thing is created, so that an interruption at any point
 * leaves nothing unknown. The last one registered is the first to run: executions stop before tables go, and stacks go last.
 */
export class CleanUp {
  readonly #removals: Removal[] = [];
  readonly #pace: Pace;
  #running: Promise<readonly LeftOver[]> | undefined;

  constructor(pace: Pace) {
    this.#pace = pace;
  }

  add(removal: Removal): void {
    this.#removals.unshift(removal);
  }

  /**
   * Runs every removal until each has succeeded or its tries are over. One that fails does not keep the others from running: a
   * table that is being backed up is deleted in a later round. A second call gets the result of the first.
   */
  run(): Promise<readonly LeftOver[]> {
    this.#running ??= this.#run();
    return this.#running;
  }

  async #run(): Promise<readonly LeftOver[]> {
    const { rounds, pauseMs, sleep } = this.#pace;
    let left: LeftOver[] = [];
    let open = this.#removals;
    for (let round = 1; round <= rounds && open.length > 0; round += 1) {
      if (round > 1) await sleep(pauseMs);
      left = [];
      const failed: Removal[] = [];
      for (const removal of open) {
        try {
          await removal.remove();
        } catch (error) {
          failed.push(removal);
          left.push({ what: removal.what, reason: error instanceof Error ? error.message : String(error) });
        }
      }
      open = failed;
    }
    return left;
  }
}

/** The process was asked to end. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/** Where SIGINT and SIGTERM come from. */
export interface Signals {
  on(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
  off(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
}

/**
 * Runs `work`, then the clean-up, whatever came of the work. The first SIGINT or SIGTERM aborts the work's signal; later ones
 * are reported and do not interrupt the removal, since what it has not removed goes on costing money.
 * @throws what `work` throws, once everything else is over.
 */
export const withCleanUp = async <T>(
  cleanUp: CleanUp,
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
