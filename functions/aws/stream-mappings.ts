import type { CreateEventSourceMappingCommandInput } from '@aws-sdk/client-lambda';
import type { Settings } from '../migration/settings.ts';

/** The functions that read the tier tables' streams. Lambda allows no more than these two on a shard. [DynamoDB Streams, Reading and processing] */
export const STREAM_READERS = ['CaptureChanges', 'CountSchools'] as const;
export type StreamReader = (typeof STREAM_READERS)[number];

const NAMES: Record<StreamReader, string> = {
  CaptureChanges: 'capture-changes',
  CountSchools: 'count-schools',
};

export type Mapping = Omit<CreateEventSourceMappingCommandInput, 'FunctionName' | 'EventSourceArn'>;

/** A burst of schools is counted once. */
export const SCHOOLS_WINDOW_SECONDS = 5;

/**
 * How each reads a stream, of a table that CDK has created and of one that a migration creates.
 *
 * Capture: a mapping takes minutes to begin, and nothing of them may be missed; a record is retried until the stream
 * forgets it (24 hours) and never given up before: a change that was skipped would be lost, while one that waits only
 * holds the cutover up. With more than one batch a shard at a time a sentinel could overtake the changes before it.
 *
 * Schools: what is told are hints, given up after some tries; the sweep finds what was missed.
 *
 * @param missed ARN of the queue for what was given up.
 */
export const streamMapping = (reader: StreamReader, missed: string): Mapping =>
  reader === 'CaptureChanges'
    ? {
        StartingPosition: 'TRIM_HORIZON',
        BatchSize: 500,
        BisectBatchOnFunctionError: true,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        ParallelizationFactor: 1,
      }
    : {
        StartingPosition: 'LATEST',
        BatchSize: 100,
        MaximumBatchingWindowInSeconds: SCHOOLS_WINDOW_SECONDS,
        BisectBatchOnFunctionError: true,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        MaximumRetryAttempts: 5,
        DestinationConfig: { OnFailure: { Destination: missed } },
        FilterCriteria: { Filters: [{ Pattern: JSON.stringify(SCHOOLS_THAT_COME_OR_GO) }] },
      };

const SCHOOLS_THAT_COME_OR_GO = {
  eventName: ['INSERT', 'REMOVE'],
  dynamodb: { Keys: { entityKey: { S: [{ prefix: 'SCHOOL#' }] } } },
};

/** A fixed name: who connects a table to the function can name it before it exists. */
export const readerName = ({ prefix }: Pick<Settings, 'prefix'>, reader: StreamReader): string =>
  `${prefix}-${NAMES[reader]}`;
