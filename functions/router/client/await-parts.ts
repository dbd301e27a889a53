/** Errors of DynamoDB that it returns if it has processed nothing of a request, because of too little capacity. */
const THROTTLED = [
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingException',
] as const;

/** True if the request was not processed at all, and may be repeated: throttled, or not started by the router. */
const isUnprocessed = (error: unknown): error is Error =>
  error instanceof Error &&
  (THROTTLED.some((name) => error.name === name) || ('retryable' in error && error.retryable === true));

/**
 * Sends the parts of a batch side by side, and returns their outputs. If some parts succeed, `unprocessed` gives the
 * output of a part that was not processed, as DynamoDB does for a batch that it processes in part.
 * @throws the error of a part, once all parts have ended: if none succeeded, or if it is unknown what a part did.
 */
export const awaitParts = async <P, T>(
  parts: readonly P[],
  send: (part: P) => Promise<T>,
  unprocessed: (part: P, error: Error) => T,
): Promise<readonly T[]> => {
  const results = await Promise.allSettled(parts.map(send));
  const failures = results.flatMap((result): unknown[] =>
    result.status === 'rejected' ? [result.reason] : [],
  );
  const [unknown] = failures.filter((error) => !isUnprocessed(error));
  if (unknown !== undefined) throw unknown;
  if (failures.length === parts.length) throw failures[0];
  return parts.flatMap((part, i) => {
    const result = results[i];
    if (result?.status === 'fulfilled') return [result.value];
    return isUnprocessed(result?.reason) ? [unprocessed(part, result.reason)] : [];
  });
};
