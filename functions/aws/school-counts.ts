import { InvokeCommand, LambdaClient, type LambdaClientConfig } from '@aws-sdk/client-lambda';
import { SchoolCounterNotFound } from '../migration/errors.ts';
import type { SchoolCounts } from '../migration/growth/school-counts-port.ts';
import { nameOf, translateError } from './errors.ts';

/**
 * Time for the call with its second attempt, in ms. The shard's next batch waits for it, perhaps under a fence, so a slow
 * call is given up soon: a lost request only delays a count until the next sweep. Lambda may freeze a function that has
 * returned, so the call cannot continue after it.
 */
const MOST_MS = 1_500;
const ATTEMPTS = { requestHandler: { connectionTimeout: 500 }, maxAttempts: 2 };

/** Requests no counts: the sweep alone finds growth. */
export const NO_SCHOOL_COUNTS: SchoolCounts = { request: async () => {} };

/**
 * Requests counts from a function that is called asynchronously: Lambda queues the event, and retries it if the function
 * fails.
 * @param functionName the function that counts schools.
 */
export const schoolCountsBy = (config: LambdaClientConfig, functionName: string): SchoolCounts => {
  const client = new LambdaClient({ ...ATTEMPTS, ...config });
  return {
    async request(changes) {
      const Payload = JSON.stringify(changes);
      try {
        // an event has at most 500 tenants, the records of a batch, and so a third of the 256 KB that Lambda queues
        await client.send(
          new InvokeCommand({ FunctionName: functionName, InvocationType: 'Event', Payload }),
          { abortSignal: AbortSignal.timeout(MOST_MS) },
        );
      } catch (error) {
        throw countError(error, functionName);
      }
    },
  };
};

/** Translates an error. Lambda names a missing function as DynamoDB names a missing table. [Lambda API reference, Invoke] */
const countError = (error: unknown, functionName: string): Error =>
  nameOf(error) === 'ResourceNotFoundException'
    ? new SchoolCounterNotFound(
        `cannot request a count of schools: function ${functionName} is missing. The next sweep counts them. Deploy Tierferry again.`,
        { cause: error },
      )
    : translateError(error);
