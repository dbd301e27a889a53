import { DescribeTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { EventSourceMappingConfiguration, LambdaClientConfig } from '@aws-sdk/client-lambda';
import { TableNotFound } from '../migration/errors.ts';
import type { StreamReaders } from '../migration/journal/stream-readers-port.ts';
import type { Log } from '../migration/log-port.ts';
import { type TableName, tableName } from '../migration/names.ts';
import type { Settings } from '../migration/settings/settings.ts';
import { translateError } from './errors.ts';
import { currentOf, ReaderMappings } from './reader-mappings.ts';
import { readerName, STREAM_MAPPING } from './stream-mappings.ts';

/** The stream readers of one machine: a poller reads all streams, so tables need not be connected. */
export const polledStreamsIn = (dynamodb: DynamoDBClient): StreamReaders => ({
  connect: async () => true,
  disconnect: async () => true,
  countNotReading: async () => 0,
  captureWindows: async () => [],
  setCaptureWindow: async () => {},
  async captureReader(table) {
    const stream = await streamOf(dynamodb, table);
    return stream ? { stream: stream.label, reader: 'poller', isOn: true } : { isOn: false };
  },
});

/** Manages Lambda's event source mappings between the tier tables' streams and the function that reads them. */
export const streamReadersIn = (
  dynamodb: DynamoDBClient,
  config: LambdaClientConfig,
  settings: Pick<Settings, 'prefix'>,
  log: Log,
): StreamReaders => {
  const mappings = new ReaderMappings(config, log);
  const FunctionName = readerName(settings);
  const reader = { FunctionName, mapping: STREAM_MAPPING };
  /** Returns the ARN of a table's stream; undefined if the table or its stream is missing. */
  const streamArnOf = async (table: TableName): Promise<string | undefined> => {
    try {
      return (await streamOf(dynamodb, table))?.arn;
    } catch (error) {
      if (error instanceof TableNotFound) return undefined;
      throw error;
    }
  };
  return {
    async captureReader(table) {
      const stream = await streamOf(dynamodb, table);
      if (!stream) return { isOn: false };
      const mapping = currentOf(await mappings.of(FunctionName, stream.arn));
      return {
        stream: stream.label,
        reader: mapping?.UUID,
        isOn: READING_STATES.has(mapping?.State ?? ''),
      };
    },

    async connect(table) {
      const EventSourceArn = await streamArnOf(table);
      if (EventSourceArn === undefined) return false;
      const found = currentOf(await mappings.of(FunctionName, EventSourceArn));
      if (found) return mappings.isCorrect(table, reader, found);
      await mappings.create(FunctionName, EventSourceArn, STREAM_MAPPING);
      return false;
    },

    async disconnect(table) {
      const EventSourceArn = await streamArnOf(table);
      if (EventSourceArn === undefined) return true;
      let isDone = true;
      for (const { UUID, State } of await mappings.of(FunctionName, EventSourceArn)) {
        if (State !== 'Deleting' && !(await mappings.delete(UUID))) isDone = false;
      }
      return isDone;
    },

    async captureWindows() {
      const found = await mappings.of(FunctionName);
      return found.flatMap(
        ({ UUID: mapping, State, EventSourceArn, MaximumBatchingWindowInSeconds: seconds = 0 }) => {
          const table = tableOf(EventSourceArn);
          // a mapping in transition is checked again in a minute
          return State === 'Enabled' && mapping !== undefined && table !== undefined
            ? [{ table, mapping, seconds }]
            : [];
        },
      );
    },

    async setCaptureWindow(UUID, seconds) {
      await mappings.update({ UUID, MaximumBatchingWindowInSeconds: seconds });
    },

    async countNotReading() {
      return (await mappings.of(FunctionName)).filter(isNotReading).length;
    },
  };
};

/**
 * True if a mapping is off, or if Lambda's last attempt to read the stream or call the function failed, e.g. because a role
 * lacks a permission or a key is disabled. Such a mapping produces no metric. [Using AWS Lambda with Amazon DynamoDB: the
 * answers there have `LastProcessingResult` as `PROBLEM: Function call failed`]
 */
const isNotReading = ({ State = '', LastProcessingResult = '' }: EventSourceMappingConfiguration): boolean =>
  State === 'Disabled' || State === 'Disabling' || LastProcessingResult.startsWith('PROBLEM');

/** Returns the table in the ARN of a stream: `arn:...:table/<name>/stream/<label>`. */
const tableOf = (streamArn = ''): TableName | undefined => {
  const name = /:table\/([^/]+)\/stream\//.exec(streamArn)?.[1];
  return name === undefined ? undefined : tableName(name);
};

/**
 * States in which a mapping reads; while its settings change it continues from its position. [Lambda API reference,
 * EventSourceMappingConfiguration]
 */
const READING_STATES: ReadonlySet<string> = new Set(['Enabled', 'Updating']);

/**
 * Returns the stream of a table, if it has one. The label distinguishes successive streams of a table; a disabled one is
 * still described for a day. [DynamoDB API reference, TableDescription] @throws TableNotFound
 */
const streamOf = async (
  dynamodb: DynamoDBClient,
  table: TableName,
): Promise<{ readonly arn: string; readonly label: string } | undefined> => {
  try {
    const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName: table }));
    const { StreamSpecification, LatestStreamArn: arn, LatestStreamLabel: label } = Table ?? {};
    return StreamSpecification?.StreamEnabled && arn !== undefined && label !== undefined
      ? { arn, label }
      : undefined;
  } catch (error) {
    throw translateError(error, { table });
  }
};
