import { DescribeTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  CreateEventSourceMappingCommand,
  DeleteEventSourceMappingCommand,
  type EventSourceMappingConfiguration,
  LambdaClient,
  type LambdaClientConfig,
  paginateListEventSourceMappings,
} from '@aws-sdk/client-lambda';
import { TableNotFound } from '../migration/errors.ts';
import type { TableName } from '../migration/names.ts';
import type { StreamReaders } from '../migration/ports.ts';
import type { Settings } from '../migration/settings.ts';
import { TIME_OUTS } from './client.ts';
import { nameOf, translate } from './errors.ts';
import { readerName, STREAM_READERS, streamMapping } from './stream-mappings.ts';

/** Where something else reads every stream there is, as on one machine. */
export const READ_ANYWAY: StreamReaders = {
  connect: async () => true,
  disconnect: async () => true,
};

/**
 * Lambda's event source mappings between the tier tables' streams and the functions that read them.
 * @param missed ARN of the queue for what was given up.
 */
export const streamReadersIn = (
  dynamodb: DynamoDBClient,
  config: LambdaClientConfig,
  settings: Pick<Settings, 'prefix'>,
  missed: string,
): StreamReaders => {
  const lambda = new LambdaClient({ requestHandler: TIME_OUTS, ...config });
  const readers = STREAM_READERS.map((reader) => ({
    FunctionName: readerName(settings, reader),
    ...streamMapping(reader, missed),
  }));
  const streamOf = async (table: TableName): Promise<string | undefined> => {
    try {
      const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName: table }));
      return Table?.StreamSpecification?.StreamEnabled ? Table.LatestStreamArn : undefined;
    } catch (error) {
      const meant = translate(error, { table });
      if (meant instanceof TableNotFound) return undefined;
      throw meant;
    }
  };
  const mappingsOf = async (FunctionName: string, EventSourceArn: string) => {
    const found: EventSourceMappingConfiguration[] = [];
    try {
      for await (const page of paginateListEventSourceMappings(
        { client: lambda },
        { FunctionName, EventSourceArn },
      ))
        found.push(...(page.EventSourceMappings ?? []));
    } catch (error) {
      throw translate(error);
    }
    return found;
  };

  return {
    async connect(table) {
      const EventSourceArn = await streamOf(table);
      if (EventSourceArn === undefined) return false;
      const connected = await Promise.all(
        readers.map(async (reader) => {
          const [mapping] = await mappingsOf(reader.FunctionName, EventSourceArn);
          if (mapping) return mapping.State === 'Enabled';
          try {
            await lambda.send(new CreateEventSourceMappingCommand({ ...reader, EventSourceArn }));
          } catch (error) {
            // somebody else was faster
            if (nameOf(error) !== 'ResourceConflictException') throw translate(error);
          }
          return false;
        }),
      );
      return connected.every(Boolean);
    },

    async disconnect(table) {
      const EventSourceArn = await streamOf(table);
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
  };
};
