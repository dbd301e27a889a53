/** The user pressed Ctrl-C, or the process was asked to end. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/**
 * Runs `work` with a signal that aborts on the first SIGINT or SIGTERM; a second one ends the process as usual.
 * @param message says what continues and what to do next; a function is called when the signal arrives.
 */
export const interruptible = async <T>(
  message: string | (() => string),
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> => {
  const controller = new AbortController();
  const stop = () => controller.abort(new Interrupted(typeof message === 'string' ? message : message()));
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  try {
    return await work(controller.signal);
  } finally {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  }
};
