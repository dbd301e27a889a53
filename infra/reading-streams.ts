import { ArnFormat, CfnResource, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import {
  readerName,
  STREAM_READERS,
  type StreamReader,
  streamMapping,
} from '../functions/aws/stream-mappings.ts';
import type { Settings } from '../functions/migration/settings.ts';
import type { Parts } from './parts.ts';
import type { ReadersUse } from './stage-needs.ts';
import { tierTableArns, useOfKey } from './table-access.ts';

/** Lets a function read the streams of these tables, and may be connected to those of the tables that migrations create. */
export const readStreams = (
  scope: Construct,
  reader: StreamReader,
  given: Pick<Parts, 'settings' | 'keys' | 'tables' | 'missed'> & { readonly function: IFunction },
): void => {
  const { function: reading, settings, keys, tables, missed } = given;
  // [Lambda developer guide, Using AWS Lambda with Amazon DynamoDB: Execution role permissions]
  const reads = new PolicyStatement({
    actions: ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'],
    resources: tierTableArns(scope, settings, keys).map((table) => `${table}/stream/*`),
  });
  reading.addToRolePolicy(reads);
  // it names no stream [Service Authorization Reference, DynamoDB]
  reading.addToRolePolicy(new PolicyStatement({ actions: ['dynamodb:ListStreams'], resources: ['*'] }));
  if (keys.tierTables !== undefined)
    reading.addToRolePolicy(useOfKey(scope, keys.tierTables, ['kms:Decrypt']));
  if (streamMapping(reader, '').DestinationConfig) missed.grantSendMessages(reading);
  for (const table of tables) {
    // by the table and not by its place: a mapping that changes its table can't be replaced while the old one is there.
    // The very properties with which a migration connects a table that it has created
    new CfnResource(scope, `Mapping${table.node.addr}`, {
      type: 'AWS::Lambda::EventSourceMapping',
      properties: {
        FunctionName: reading.functionName,
        EventSourceArn: table.tableStreamArn,
        ...streamMapping(reader, missed.queueArn),
      },
    });
  }
};

/** What changes mappings, for each use of them. */
const CHANGES: Readonly<Record<ReadersUse, readonly string[]>> = {
  look: [],
  connect: ['Create', 'Update'],
  disconnect: ['Delete'],
  rest: ['Update'],
};

/** Lets a function look who reads streams, and connect them to their readers or end that: those two functions, and no other. */
export const useStreamReaders = (
  scope: Construct,
  using: IFunction,
  settings: Settings,
  use: ReadersUse,
): void => {
  const functions = STREAM_READERS.map((reader) =>
    Stack.of(scope).formatArn({
      service: 'lambda',
      resource: 'function',
      resourceName: readerName(settings, reader),
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    }),
  );
  const actions = CHANGES[use].map((change) => `lambda:${change}EventSourceMapping`);
  if (actions.length > 0) {
    using.addToRolePolicy(
      new PolicyStatement({
        actions,
        resources: ['*'],
        // [Service Authorization Reference, Lambda: lambda:FunctionArn]
        conditions: { ArnEquals: { 'lambda:FunctionArn': functions } },
      }),
    );
  }
  // it knows neither resources nor conditions
  using.addToRolePolicy(
    new PolicyStatement({ actions: ['lambda:ListEventSourceMappings'], resources: ['*'] }),
  );
};
