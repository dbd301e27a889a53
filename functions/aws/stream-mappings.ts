import type { CreateEventSourceMappingCommandInput } from '@aws-sdk/client-lambda';
import type { Settings } from '../migration/settings/settings.ts';

/**
 * The function that reads the tier tables' streams. Lambda allows two readers of a shard. The other one is the application's.
 * [DynamoDB Streams, Reading and processing]
 */
export const STREAM_READER = 'CaptureChanges';

export type Mapping = Omit<CreateEventSourceMappingCommandInput, 'FunctionName' | 'EventSourceArn'>;

/**
 * The mapping of the reader, the same for tables that CDK has created and tables that a migration creates.
 *
 * A mapping takes minutes to begin, so it starts at the oldest record. A record is retried for as long as the stream keeps it
 * (24 hours): a skipped change would be lost, while a late one only delays the cutover. With several batches of a shard at a
 * time, a sentinel could overtake the changes before it.
 */
export const STREAM_MAPPING: Mapping = {
  StartingPosition: 'TRIM_HORIZON',
  BatchSize: 500,
  BisectBatchOnFunctionError: true,
  FunctionResponseTypes: ['ReportBatchItemFailures'],
  ParallelizationFactor: 1,
};

/** Returns the reader's name. It is fixed, so that a mapping to the function can name it before it exists. */
export const readerName = ({ prefix }: Pick<Settings, 'prefix'>): string => `${prefix}-capture-changes`;
