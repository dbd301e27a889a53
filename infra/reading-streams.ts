import { ArnFormat, CfnResource, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { readerName, STREAM_MAPPING } from '../functions/aws/stream-mappings.ts';
import type { Settings } from '../functions/migration/settings/settings.ts';
import type { ConstructInputs } from './construct-inputs.ts';
import type { StreamReaderUse } from './step-permissions.ts';
import { tierTableArns, useOfKey } from './table-access.ts';

/**
 * Lets a function read the streams of tier tables, connects it to these tables, and allows it to be connected to tables
 * that migrations create.
 */
export const grantStreamReads = (
  scope: Construct,
  given: Pick<ConstructInputs, 'settings' | 'keys' | 'tables'> & { readonly function: IFunction },
): void => {
  const { function: reading, settings, keys, tables } = given;
  // [Lambda developer guide, Using AWS Lambda with Amazon DynamoDB: Execution role permissions]
  const reads = new PolicyStatement({
    actions: ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'],
    resources: tierTableArns(scope, settings, keys).map((table) => `${table}/stream/*`),
  });
  reading.addToRolePolicy(reads);
  // no resource-level permissions [Service Authorization Reference, DynamoDB]
  reading.addToRolePolicy(new PolicyStatement({ actions: ['dynamodb:ListStreams'], resources: ['*'] }));
  if (keys.tierTables !== undefined)
    reading.addToRolePolicy(useOfKey(scope, keys.tierTables, ['kms:Decrypt']));
  for (const table of tables) {
    // The id is that of the table and not its position: a mapping that changes its table cannot be replaced while the old
    // one exists. A migration connects a table that it has created with the same properties.
    new CfnResource(scope, `Mapping${table.node.addr}`, {
      type: 'AWS::Lambda::EventSourceMapping',
      properties: {
        FunctionName: reading.functionName,
        EventSourceArn: table.tableStreamArn,
        ...STREAM_MAPPING,
      },
    });
  }
};

/** Operations that change mappings, for each use. */
const MAPPING_ACTIONS: Readonly<Record<StreamReaderUse, readonly string[]>> = {
  inspect: [],
  connect: ['Create', 'Update'],
  disconnect: ['Delete'],
  rest: ['Update'],
};

/** Lets a function list the mappings of streams, and connect or disconnect the stream reader, but no other function. */
export const grantStreamReaders = (
  scope: Construct,
  using: IFunction,
  settings: Settings,
  use: StreamReaderUse,
): void => {
  const reader = Stack.of(scope).formatArn({
    service: 'lambda',
    resource: 'function',
    resourceName: readerName(settings),
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  const actions = MAPPING_ACTIONS[use].map((change) => `lambda:${change}EventSourceMapping`);
  if (actions.length > 0) {
    using.addToRolePolicy(
      new PolicyStatement({
        actions,
        resources: ['*'],
        // [Service Authorization Reference, Lambda: lambda:FunctionArn]
        conditions: { ArnEquals: { 'lambda:FunctionArn': reader } },
      }),
    );
  }
  // this action supports neither resources nor conditions
  using.addToRolePolicy(
    new PolicyStatement({ actions: ['lambda:ListEventSourceMappings'], resources: ['*'] }),
  );
};
