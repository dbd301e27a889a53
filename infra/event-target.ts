import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { Function as LambdaFunctionResource } from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';

/** Tries of an event after the first. [Lambda developer guide, How Lambda handles errors and retries with asynchronous invocation: two at most] */
const RETRIES = 2;

/** A function that events call: what could not be delivered, and what it failed on every time, is kept. */
export const eventTarget = (called: LambdaFunctionResource, missed: IQueue): LambdaFunction => {
  called.configureAsyncInvoke({ retryAttempts: RETRIES, onFailure: new SqsDestination(missed) });
  return new LambdaFunction(called, { deadLetterQueue: missed });
};
