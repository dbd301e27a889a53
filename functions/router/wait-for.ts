/** Waits for a promise that other callers share, until this caller's signal aborts. @throws the signal's reason. */
export const waitFor = <T>(shared: Promise<T>, signal: AbortSignal | undefined): Promise<T> => {
  if (!signal) return shared;
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    shared.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
};
