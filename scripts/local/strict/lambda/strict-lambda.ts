import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LocalFunction } from '../../invoke.ts';
import { TaskError } from '../../task-error.ts';
import { Environments } from './environments.ts';
import type { LambdaSettings } from './lambda-settings.ts';
import { ProcessExit } from './process-exit.ts';

/** Gives the functions of one account the limits, cold starts and failures of Lambda. */
export class StrictLambda {
  readonly #settings: LambdaSettings;
  readonly #environments: Environments;
  readonly #random: () => number;

  /** @param random returns numbers from 0 to below 1. */
  constructor(settings: LambdaSettings, random: () => number = Math.random) {
    this.#settings = settings;
    this.#environments = new Environments(settings);
    this.#random = random;
  }

  /** Wraps a function so that it behaves as on Lambda. */
  limit(name: string, run: LocalFunction): LocalFunction {
    return async (event, context) => {
      const { coldStartMs, serviceFailureShare, crashShare } = this.#settings;
      if (this.#random() < serviceFailureShare) throw serviceFailure();
      const taken = this.#environments.take(name);
      if (!taken) throw tooManyRequests();
      // Lambda ends the environment of a function that has timed out; the embedded function itself continues
      const timedOut = setTimeout(() => taken.lose(), context.getRemainingTimeInMillis());
      try {
        if (!taken.isWarm) await sleep(coldStartMs);
        const crash = this.#random() < crashShare ? this.#random() : undefined;
        if (crash !== undefined && crash < 0.5) throw new ProcessExit();
        const result = await run(event, context);
        if (crash !== undefined) throw new ProcessExit();
        taken.release();
        return result;
      } catch (error) {
        if (error instanceof ProcessExit) {
          taken.lose();
          throw exitError(context.awsRequestId, error);
        }
        taken.release();
        throw error;
      } finally {
        clearTimeout(timedOut);
      }
    };
  }
}

/** [Step Functions developer guide, Handle transient Lambda service exceptions] */
const tooManyRequests = (): TaskError =>
  new TaskError(
    'Lambda.TooManyRequestsException',
    `Rate Exceeded. (Service: AWSLambda; Status Code: 429; Error Code: TooManyRequestsException; Request ID: ${randomUUID()}; Proxy: null)`,
  );

/** The message is not documented. [Step Functions developer guide, Handle transient Lambda service exceptions] */
const serviceFailure = (): TaskError =>
  new TaskError(
    'Lambda.AWSLambdaException',
    `Service Unavailable (Service: AWSLambda; Status Code: 503; Error Code: null; Request ID: ${randomUUID()}; Proxy: null)`,
  );

/**
 * Returns the error of an ended process, which has no stack trace, unlike that of a thrown error. [Troubleshoot invocation
 * issues in Lambda]
 */
const exitError = (requestId: string, { status }: ProcessExit): TaskError => {
  const errorMessage = `RequestId: ${requestId} Error: Runtime exited with error: ${status}`;
  return new TaskError('Runtime.ExitError', JSON.stringify({ errorType: 'Runtime.ExitError', errorMessage }));
};
