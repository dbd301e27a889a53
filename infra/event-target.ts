import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { Function as LambdaFunctionResource } from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';

/**
 * Number of retries of an event. [Lambda developer guide, How Lambda handles errors and retries with asynchronous
 * invocation: two at most]
 */
const RETRIES = 2;

/** Sends events on which an asynchronously called function always fails to the dead-letter queue. */
export const keepFailedEvents = (called: LambdaFunctionResource, deadLetters: IQueue): void =>
  called.configureAsyncInvoke({ retryAttempts: RETRIES, onFailure: new SqsDestination(deadLetters) });

/**
 * Makes a function a target of events. Events that cannot be delivered, or on which it always fails, go to the dead-letter
 * queue.
 */
export const eventTarget = (called: LambdaFunctionResource, deadLetters: IQueue): LambdaFunction => {
  keepFailedEvents(called, deadLetters);
  return new LambdaFunction(called, { deadLetterQueue: deadLetters });
};
