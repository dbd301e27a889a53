/**
 * An error of a state, with the name of Step Functions. The interpreter matches `name` in Retry and Catch, and reads
 * `isRetryable` and `isCatchable`.
 */
export class TaskError extends Error {
  override readonly name: string;
  readonly isRetryable: boolean;
  readonly isCatchable: boolean;
  constructor(error: string, cause: string, { isFinal = false } = {}) {
    super(cause);
    this.name = error;
    this.isRetryable = !isFinal;
    this.isCatchable = !isFinal;
  }
}
