import { DescribeTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  CreateEventSourceMappingCommand,
  DeleteEventSourceMappingCommand,
  type EventSourceMappingConfiguration,
  LambdaClient,
  type LambdaClientConfig,
  paginateListEventSourceMappings,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import { StreamReaderMismatch, TableNotFound } from '../migration/errors.ts';
import type { StreamReaders } from '../migration/journal/stream-readers-port.ts';
import type { Log } from '../migration/log-port.ts';
import { type TableName, tableName } from '../migration/names.ts';
import type { Settings } from '../migration/settings/settings.ts';
import { TIMEOUTS } from './client.ts';
import { nameOf, translateError } from './errors.ts';
import { mappingChanges } from './mapping-changes.ts';
import { readerName, STREAM_READERS, streamMapping } from './stream-mappings.ts';

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

/**
 * Lambda's control plane takes 15 requests per second of an account [Lambda quotas], and every migration polls it. After a
 * throttle this client sends more slowly, and it retries more often than the SDK does by default.
 */
const RETRY_SETTINGS = { retryMode: 'adaptive', maxAttempts: 6 } as const;

/**
 * Manages Lambda's event source mappings between the tier tables' streams and the functions that read them.
 * @param deadLetters ARN of the dead-letter queue.
 */
export const streamReadersIn = (
  dynamodb: DynamoDBClient,
  config: LambdaClientConfig,
  settings: Pick<Settings, 'prefix'>,
  deadLetters: string,
  log: Log,
): StreamReaders => {
  const lambda = new LambdaClient({ requestHandler: TIMEOUTS, ...RETRY_SETTINGS, ...config });
  const readers = STREAM_READERS.map((reader) => ({
    FunctionName: readerName(settings, reader),
    mapping: streamMapping(reader, deadLetters),
  }));
  /** Returns the ARN of a table's stream; undefined if the table or its stream is missing. */
  const streamArnOf = async (table: TableName): Promise<string | undefined> => {
    try {
      return (await streamOf(dynamodb, table))?.arn;
    } catch (error) {
      if (error instanceof TableNotFound) return undefined;
      throw error;
    }
  };
  const mappingsOf = async (FunctionName: string, EventSourceArn?: string) => {
    const found: EventSourceMappingConfiguration[] = [];
    try {
      for await (const page of paginateListEventSourceMappings(
        { client: lambda },
        { FunctionName, ...(EventSourceArn === undefined ? {} : { EventSourceArn }) },
      ))
        found.push(...(page.EventSourceMappings ?? []));
    } catch (error) {
      throw readerError(error, FunctionName);
    }
    return found;
  };

  /** True if the mapping is enabled with the right settings. Otherwise changes the settings and enables it. */
  const isCorrect = async (
    table: TableName,
    { FunctionName, mapping }: (typeof readers)[number],
    { UUID, State = '', ...found }: EventSourceMappingConfiguration,
  ): Promise<boolean> => {
    if (State === 'Deleting') return false;
    const { changes, fixed } = mappingChanges(found, mapping);
    if (fixed.length > 0) {
      throw new StreamReaderMismatch(
        `cannot capture changes of table ${table}: ${fixed.join(', ')} in its event source mapping ${UUID} to ${FunctionName}, which Lambda cannot change. Nothing was changed. Delete that mapping and migrate again: the migration creates one.`,
      );
    }
    const names = Object.keys(changes);
    // a mapping in transition is checked again later
    if (State !== 'Enabled' && State !== 'Disabled') return false;
    if (State === 'Enabled' && names.length === 0) return true;
    log.warn(
      { table, function: FunctionName, mapping: UUID, settings: names, wasDisabled: State === 'Disabled' },
      'event source mapping was disabled or had other settings; it is being enabled with the settings of Tierferry',
    );
    try {
      await unlessBusy(() =>
        lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: true, ...changes })),
      );
    } catch (error) {
      // deleted in between; the next poll creates another one
      if (nameOf(error) !== 'ResourceNotFoundException') throw translateError(error);
    }
    return false;
  };

  return {
    async captureReader(table) {
      const stream = await streamOf(dynamodb, table);
      if (!stream) return { isOn: false };
      const mapping = currentOf(await mappingsOf(readerName(settings, 'CaptureChanges'), stream.arn));
      return {
        stream: stream.label,
        ...(mapping?.UUID === undefined ? {} : { reader: mapping.UUID }),
        isOn: READER_PERMISSIONS.has(mapping?.State ?? ''),
      };
    },

    async connect(table) {
      const EventSourceArn = await streamArnOf(table);
      if (EventSourceArn === undefined) return false;
      const connected = await Promise.all(
        readers.map(async (reader) => {
          const { FunctionName, mapping } = reader;
          const found = currentOf(await mappingsOf(FunctionName, EventSourceArn));
          if (found) return isCorrect(table, reader, found);
          try {
            await unlessBusy(() =>
              lambda.send(new CreateEventSourceMappingCommand({ FunctionName, EventSourceArn, ...mapping })),
            );
          } catch (error) {
            throw readerError(error, FunctionName);
          }
          return false;
        }),
      );
      return connected.every(Boolean);
    },

    async disconnect(table) {
      const EventSourceArn = await streamArnOf(table);
      if (EventSourceArn === undefined) return true;
      let isDone = true;
      for (const { FunctionName } of readers) {
        for (const { UUID, State } of await mappingsOf(FunctionName, EventSourceArn)) {
          if (State === 'Deleting') continue;
          try {
            await lambda.send(new DeleteEventSourceMappingCommand({ UUID }));
          } catch (error) {
            // it is being created or changed [Lambda API reference, DeleteEventSourceMapping]
            if (nameOf(error) === 'ResourceInUseException') isDone = false;
            else if (nameOf(error) !== 'ResourceNotFoundException') throw translateError(error);
          }
        }
      }
      return isDone;
    },

    async captureWindows() {
      const found = await mappingsOf(readerName(settings, 'CaptureChanges'));
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
      const change = { UUID, MaximumBatchingWindowInSeconds: seconds };
      try {
        await unlessBusy(() => lambda.send(new UpdateEventSourceMappingCommand(change)));
      } catch (error) {
        if (nameOf(error) !== 'ResourceNotFoundException') throw translateError(error);
      }
    },

    async countNotReading() {
      const found = await Promise.all(readers.map(({ FunctionName }) => mappingsOf(FunctionName)));
      return found.flat().filter(cannotReadText).length;
    },
  };
};

/**
 * True if a mapping is off, or if Lambda's last attempt to read the stream or call the function failed, e.g. because a role
 * lacks a permission or a key is disabled. Such a mapping produces no metric. [Using AWS Lambda with Amazon DynamoDB: the
 * answers there have `LastProcessingResult` as `PROBLEM: Function call failed`]
 */
const cannotReadText = ({
  State = '',
  LastProcessingResult = '',
}: EventSourceMappingConfiguration): boolean =>
  State === 'Disabled' || State === 'Disabling' || LastProcessingResult.startsWith('PROBLEM');

/** Returns the table in the ARN of a stream: `arn:...:table/<name>/stream/<label>`. */
const tableOf = (streamArn = ''): TableName | undefined => {
  const name = /:table\/([^/]+)\/stream\//.exec(streamArn)?.[1];
  return name === undefined ? undefined : tableName(name);
};

/**
 * Returns the current mapping. A function has one mapping to a stream, and may have a second while the first is being
 * deleted.
 */
const currentOf = (
  mappings: readonly EventSourceMappingConfiguration[],
): EventSourceMappingConfiguration | undefined =>
  mappings.find(({ State }) => State !== 'Deleting') ?? mappings[0];

/**
 * Ignores the errors if another process was faster or the mapping is being changed; the next poll shows it. [Lambda API
 * reference, UpdateEventSourceMapping]
 */
const unlessBusy = async (call: () => Promise<unknown>): Promise<void> => {
  try {
    await call();
  } catch (error) {
    const name = nameOf(error);
    if (name !== 'ResourceConflictException' && name !== 'ResourceInUseException') throw error;
  }
};

/**
 * Translates an error. Lambda uses the same error for a missing function and a missing mapping. [Lambda API reference,
 * CreateEventSourceMapping]
 */
const readerError = (error: unknown, FunctionName: string): Error =>
  nameOf(error) === 'ResourceNotFoundException'
    ? new StreamReaderMismatch(
        `cannot capture changes: function ${FunctionName}, which reads the streams, is missing. Nothing was changed. Deploy Tierferry again, then retry.`,
        { cause: error },
      )
    : translateError(error);

/**
 * States in which a mapping reads; while its settings change it continues from its position. [Lambda API reference,
 * EventSourceMappingConfiguration]
 */
const READER_PERMISSIONS: ReadonlySet<string> = new Set(['Enabled', 'Updating']);

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
