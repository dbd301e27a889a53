import type { CreateEventSourceMappingCommandInput } from '@aws-sdk/client-lambda';
import { countedItems } from '../migration/settings/counted-items.ts';
import { type Settings, tierTableKeys } from '../migration/settings/settings.ts';

/**
 * The functions that read the tier tables' streams. Lambda allows no more than these two on a shard. [DynamoDB Streams,
 * Reading and processing]
 */
export const STREAM_READERS = ['CaptureChanges', 'CountSchools'] as const;
export type StreamReader = (typeof STREAM_READERS)[number];

const READER_NAMES: Record<StreamReader, string> = {
  CaptureChanges: 'capture-changes',
  CountSchools: 'count-schools',
};

export type Mapping = Omit<CreateEventSourceMappingCommandInput, 'FunctionName' | 'EventSourceArn'>;

/** Batching window in s, so that a burst of new schools is counted once. */
export const SCHOOLS_WINDOW_SECONDS = 5;

/**
 * Returns the mapping of a reader, the same for tables that CDK has created and tables that a migration creates.
 *
 * Capture: a mapping takes minutes to begin, so it starts at the oldest record. A record is retried for as long as the
 * stream keeps it (24 hours): a skipped change would be lost, while a late one only delays the cutover. With several
 * batches of a shard at a time, a sentinel could overtake the changes before it.
 *
 * Schools: the records are hints, which are dropped after some tries; the sweep finds what they would have shown.
 *
 * @param deadLetters ARN of the dead-letter queue.
 * @param settings name the keys of the tables, and what is counted.
 */
export const streamMapping = (
  reader: StreamReader,
  deadLetters: string,
  settings: CountingSettings = {},
): Mapping =>
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
        DestinationConfig: { OnFailure: { Destination: deadLetters } },
        FilterCriteria: { Filters: [{ Pattern: JSON.stringify(schoolFilter(settings)) }] },
      };

/** The settings that the filter of schools depends on. */
type CountingSettings = Partial<Pick<Settings, 'counted' | 'tableDesign'>>;

const schoolFilter = (settings: CountingSettings) => ({
  eventName: ['INSERT', 'REMOVE'],
  dynamodb: {
    Keys: {
      [tierTableKeys(settings.tableDesign ?? {}).sortKey.name]: {
        S: [{ prefix: countedItems(settings).prefix }],
      },
    },
  },
});

/** Returns the function's name. It is fixed, so that a mapping to the function can name it before it exists. */
export const readerName = ({ prefix }: Pick<Settings, 'prefix'>, reader: StreamReader): string =>
  `${prefix}-${READER_NAMES[reader]}`;
