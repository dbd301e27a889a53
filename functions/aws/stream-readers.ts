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
import { type TableName, tableName } from '../migration/names.ts';
import type { Log, StreamReaders } from '../migration/ports.ts';
import type { Settings } from '../migration/settings.ts';
import { TIME_OUTS } from './client.ts';
import { nameOf, translate } from './errors.ts';
import { mappingChanges } from './mapping-changes.ts';
import { readerName, STREAM_READERS, streamMapping } from './stream-mappings.ts';

/** If one poller reads every stream there is, as on one machine: nothing has to be connected. */
export const polledStreamsIn = (dynamodb: DynamoDBClient): StreamReaders => ({
  connect: async () => true,
  disconnect: async () => true,
  countNotReading: async () => 0,
  captureWindows: async () => [],
  setCaptureWindow: async () => {},
  async look(table) {
    const stream = await streamOf(dynamodb, table);
    return stream ? { stream: stream.label, reader: 'poller', isOn: true } : { isOn: false };
  },
});

/**
 * Lambda's control plane takes 15 requests a second of an account [Lambda quotas], and every migration polls it. After a throttle
 * this client sends more slowly, and it tries more often than the SDK does by default.
 */
const PACE = { retryMode: 'adaptive', maxAttempts: 6 } as const;

/**
 * Lambda's event source mappings between the tier tables' streams and the functions that read them.
 * @param missed ARN of the queue for what was given up.
 */
export const streamReadersIn = (
  dynamodb: DynamoDBClient,
  config: LambdaClientConfig,
  settings: Pick<Settings, 'prefix'>,
  missed: string,
  log: Log,
): StreamReaders => {
  const lambda = new LambdaClient({ requestHandler: TIME_OUTS, ...PACE, ...config });
  const readers = STREAM_READERS.map((reader) => ({
    FunctionName: readerName(settings, reader),
    mapping: streamMapping(reader, missed),
  }));
  /** A table that is missing has no stream. */
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

  /** True if the mapping reads as it should; what differs is changed, and a mapping that was turned off is turned on. */
  const isAsWanted = async (
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
    // one that is being created, turned on or changed is looked at again once that is done
    if (State !== 'Enabled' && State !== 'Disabled') return false;
    if (State === 'Enabled' && names.length === 0) return true;
    log.warn(
      { table, function: FunctionName, mapping: UUID, settings: names, wasDisabled: State === 'Disabled' },
      'event source mapping was not as it should be: it is enabled, with the settings of Tierferry',
    );
    try {
      await unlessBusy(() =>
        lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: true, ...changes })),
      );
    } catch (error) {
      // it was deleted meanwhile: the next poll creates another
      if (nameOf(error) !== 'ResourceNotFoundException') throw translate(error);
    }
    return false;
  };

  return {
    async look(table) {
      const stream = await streamOf(dynamodb, table);
      if (!stream) return { isOn: false };
      const mapping = currentOf(await mappingsOf(readerName(settings, 'CaptureChanges'), stream.arn));
      return {
        stream: stream.label,
        ...(mapping?.UUID === undefined ? {} : { reader: mapping.UUID }),
        isOn: READS.has(mapping?.State ?? ''),
      };
    },

    async connect(table) {
      const EventSourceArn = await streamArnOf(table);
      if (EventSourceArn === undefined) return false;
      const connected = await Promise.all(
        readers.map(async (reader) => {
          const { FunctionName, mapping } = reader;
          const found = currentOf(await mappingsOf(FunctionName, EventSourceArn));
          if (found) return isAsWanted(table, reader, found);
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
            // it is being created or changed, which takes its time [Lambda API reference, DeleteEventSourceMapping]
            if (nameOf(error) === 'ResourceInUseException') isDone = false;
            else if (nameOf(error) !== 'ResourceNotFoundException') throw translate(error);
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
          // one that is being created or changed is looked at again in a minute
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
        if (nameOf(error) !== 'ResourceNotFoundException') throw translate(error);
      }
    },

    async countNotReading() {
      const found = await Promise.all(readers.map(({ FunctionName }) => mappingsOf(FunctionName)));
      return found.flat().filter(cannotRead).length;
    },
  };
};

/**
 * True if a mapping is off, or if Lambda could not read the stream or call the function when it last tried: a role lacks a
 * permission, or a key is disabled. Such a mapping makes no metric. [Using AWS Lambda with Amazon DynamoDB: the answers there have
 * `LastProcessingResult` as `PROBLEM: Function call failed`]
 */
const cannotRead = ({ State = '', LastProcessingResult = '' }: EventSourceMappingConfiguration): boolean =>
  State === 'Disabled' || State === 'Disabling' || LastProcessingResult.startsWith('PROBLEM');

/** The table whose stream this is: `arn:...:table/<name>/stream/<label>`. */
const tableOf = (streamArn = ''): TableName | undefined => {
  const name = /:table\/([^/]+)\/stream\//.exec(streamArn)?.[1];
  return name === undefined ? undefined : tableName(name);
};

/** A function has one mapping to a stream, but while one is being deleted there may be the next. */
const currentOf = (
  mappings: readonly EventSourceMappingConfiguration[],
): EventSourceMappingConfiguration | undefined =>
  mappings.find(({ State }) => State !== 'Deleting') ?? mappings[0];

/** Another process was faster, or the mapping is being changed: the next look shows it. [Lambda API reference, UpdateEventSourceMapping] */
const unlessBusy = async (call: () => Promise<unknown>): Promise<void> => {
  try {
    await call();
  } catch (error) {
    const name = nameOf(error);
    if (name !== 'ResourceConflictException' && name !== 'ResourceInUseException') throw error;
  }
};

/** Lambda says of a function, too, that the resource is not found. [Lambda API reference, CreateEventSourceMapping] */
const readerError = (error: unknown, FunctionName: string): Error =>
  nameOf(error) === 'ResourceNotFoundException'
    ? new StreamReaderMismatch(
        `cannot capture changes: function ${FunctionName}, which reads the streams, is missing. Nothing was changed. Deploy Tierferry again, then retry.`,
        { cause: error },
      )
    : translate(error);

/** States of a mapping that reads; while its settings change it goes on where it was. [Lambda API reference, EventSourceMappingConfiguration] */
const READS: ReadonlySet<string> = new Set(['Enabled', 'Updating']);

/**
 * The stream of a table, if it has one. Of a table's streams the label tells them apart; that of one that was turned off
 * is still described for a day. [DynamoDB API reference, TableDescription] @throws TableNotFound
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
    throw translate(error, { table });
  }
};
