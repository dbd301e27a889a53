import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { Function as LambdaFunctionResource } from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';

/**
 * Number of retries of an event. [Lambda developer guide, How Lambda handles errors and retries with asynchronous
 * invocation: two at most]
 */
const RETRIES = 2;

/**
 * Makes a function a target of events. Events that cannot be delivered, or on which it always fails, go to the dead-letter
 * queue.
 */
export const eventTarget = (called: LambdaFunctionResource, deadLetters: IQueue): LambdaFunction => {
  called.configureAsyncInvoke({ retryAttempts: RETRIES, onFailure: new SqsDestination(deadLetters) });
  return new LambdaFunction(called, { deadLetterQueue: deadLetters });
};
