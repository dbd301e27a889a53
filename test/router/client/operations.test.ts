import * as sdk from '@aws-sdk/client-dynamodb';
import * as lib from '@aws-sdk/lib-dynamodb';
import { expect, test } from 'vitest';
import { OPERATIONS } from '../../../functions/router/client/operations.ts';
import { routedClient, UnroutableRequest } from '../../../functions/router/router.ts';
import { FakeDynamoDb } from './fake-dynamodb.ts';

/*
 * Sends every command of the SDK by a routed client. A command that is new in the SDK has no line here and fails.
 */

const TABLE = 'school-data';
const ARN = `arn:aws:dynamodb:eu-central-1:123456789012:table/${TABLE}`;
const key = { tenantId: { S: 'cedar-valley' }, entityKey: { S: 'SCHOOL#1' } };
const condition = {
  KeyConditionExpression: 'tenantId = :t',
  ExpressionAttributeValues: { ':t': { S: 'cedar-valley' } },
};
const statement = { Statement: `SELECT * FROM "${TABLE}" WHERE tenantId = 'cedar-valley'` };

/** The least that names the tenants' table, and the tenant if the operation can. */
const INPUTS: Readonly<Record<string, object>> = {
  GetItem: { TableName: TABLE, Key: key },
  PutItem: { TableName: TABLE, Item: key },
  UpdateItem: { TableName: TABLE, Key: key },
  DeleteItem: { TableName: TABLE, Key: key },
  Query: { TableName: TABLE, ...condition },
  BatchGetItem: { RequestItems: { [TABLE]: { Keys: [key] } } },
  BatchWriteItem: { RequestItems: { [TABLE]: [{ PutRequest: { Item: key } }] } },
  TransactGetItems: { TransactItems: [{ Get: { TableName: TABLE, Key: key } }] },
  TransactWriteItems: { TransactItems: [{ Put: { TableName: TABLE, Item: key } }] },
  ExecuteStatement: statement,
  BatchExecuteStatement: { Statements: [statement] },
  ExecuteTransaction: { TransactStatements: [statement] },
  ImportTable: { TableCreationParameters: { TableName: TABLE } },
  ExportTableToPointInTime: { TableArn: ARN },
  RestoreTableFromBackup: { TargetTableName: TABLE },
  RestoreTableToPointInTime: { SourceTableName: TABLE },
};
/** For every other operation; the SDK leaves out what an operation does not have. */
const ANY_TABLE = { TableName: TABLE, TableArn: ARN, ResourceArn: ARN, GlobalTableName: TABLE };

/** The outcome of each operation without a current tenant, and with one if that differs. */
const EXPECTED: Readonly<Record<string, string>> = {
  GetItem: 'routed',
  PutItem: 'routed',
  UpdateItem: 'routed',
  DeleteItem: 'routed',
  Query: 'routed',
  BatchGetItem: 'routed',
  BatchWriteItem: 'routed',
  TransactGetItems: 'routed',
  TransactWriteItems: 'routed',
  ExecuteStatement: 'routed',
  BatchExecuteStatement: 'routed',
  ExecuteTransaction: 'routed',
  SearchVectors: 'refused: no-tenant, then routed',
  DescribeTable: 'passed on, then routed',
  DescribeTimeToLive: 'passed on, then routed',
  Scan: 'refused: scan',
  CreateBackup: 'refused: table-change',
  CreateGlobalTable: 'refused: table-change',
  CreateTable: 'refused: table-change',
  DeleteResourcePolicy: 'refused: table-change',
  DeleteTable: 'refused: table-change',
  DisableKinesisStreamingDestination: 'refused: table-change',
  EnableKinesisStreamingDestination: 'refused: table-change',
  ExportTableToPointInTime: 'refused: table-change',
  ImportTable: 'refused: table-change',
  PutResourcePolicy: 'refused: table-change',
  RestoreTableFromBackup: 'refused: table-change',
  RestoreTableToPointInTime: 'refused: table-change',
  StartBulkPutItems: 'refused: table-change',
  TagResource: 'refused: table-change',
  UntagResource: 'refused: table-change',
  UpdateContinuousBackups: 'refused: table-change',
  UpdateContributorInsights: 'refused: table-change',
  UpdateGlobalTable: 'refused: table-change',
  UpdateGlobalTableSettings: 'refused: table-change',
  UpdateKinesisStreamingDestination: 'refused: table-change',
  UpdateTable: 'refused: table-change',
  UpdateTableReplicaAutoScaling: 'refused: table-change',
  UpdateTimeToLive: 'refused: table-change',
  CancelBulkOperation: 'passed on',
  DeleteBackup: 'passed on',
  DescribeBackup: 'passed on',
  DescribeBulkOperation: 'passed on',
  DescribeContinuousBackups: 'passed on',
  DescribeContributorInsights: 'passed on',
  DescribeEndpoints: 'passed on',
  DescribeExport: 'passed on',
  DescribeGlobalTable: 'passed on',
  DescribeGlobalTableSettings: 'passed on',
  DescribeImport: 'passed on',
  DescribeKinesisStreamingDestination: 'passed on',
  DescribeLimits: 'passed on',
  DescribeTableReplicaAutoScaling: 'passed on',
  GetResourcePolicy: 'passed on',
  ListBackups: 'passed on',
  ListBulkOperations: 'passed on',
  ListContributorInsights: 'passed on',
  ListExports: 'passed on',
  ListGlobalTables: 'passed on',
  ListImports: 'passed on',
  ListTables: 'passed on',
  ListTagsOfResource: 'passed on',
};

type AnyCommand = new (input: object) => sdk.GetItemCommand;
const commandsOf = (library: object): ReadonlyMap<string, AnyCommand> =>
  new Map(
    Object.entries(library).flatMap(([name, value]): [string, AnyCommand][] =>
      /^[A-Z]\w+Command$/.test(name) && typeof value === 'function' && !name.startsWith('DynamoDB')
        ? [[name.replace(/Command$/, ''), value as AnyCommand]]
        : [],
    ),
  );

const outcomeOf = async (Command: AnyCommand, operation: string, tenant?: string): Promise<string> => {
  const dynamodb = new FakeDynamoDb();
  const client = routedClient(dynamodb.client(), { table: TABLE, tenant: () => tenant });
  try {
    await client.send(new Command(structuredClone(INPUTS[operation] ?? ANY_TABLE)));
  } catch (error) {
    if (error instanceof UnroutableRequest && dynamodb.sent.length === 0) return `refused: ${error.reason}`;
    throw error;
  }
  const [sent] = dynamodb.sent;
  expect(sent?.operation).toBe(operation);
  const text = JSON.stringify(sent?.body);
  if (!text.includes('tier-basic')) return 'passed on';
  expect(text).not.toContain(TABLE);
  return 'routed';
};

const outcomes = async (Command: AnyCommand, operation: string) => {
  const alone = await outcomeOf(Command, operation);
  const inContext = await outcomeOf(Command, operation, 'cedar-valley');
  return alone === inContext ? alone : `${alone}, then ${inContext}`;
};

const commands = commandsOf(sdk);

test('every command of the SDK is in the table of operations, and no other', () => {
  expect(commands.size).toBeGreaterThan(50);
  expect([...OPERATIONS.keys()].sort()).toEqual([...commands.keys()].sort());
  expect(Object.keys(EXPECTED).sort()).toEqual([...commands.keys()].sort());
});

test.each([...commands])('%s is routed, refused or passed on as listed', async (operation, Command) => {
  expect(await outcomes(Command, operation)).toBe(EXPECTED[operation]);
});

test('every command of the document client is an operation of the table', async () => {
  const named = new Map<string, string>();
  for (const [name, Command] of commandsOf(lib)) {
    const dynamodb = new FakeDynamoDb();
    const client = routedClient(lib.DynamoDBDocumentClient.from(dynamodb.client()), {
      table: 'no-table-of-the-tenants',
    });
    await client.send(new Command({ TableName: 'x', Statement: 'SELECT * FROM x' }));
    named.set(name, dynamodb.sent[0]?.operation ?? 'nothing');
  }
  expect(named.size).toBeGreaterThan(13);
  expect([...named.values()].filter((operation) => !OPERATIONS.has(operation))).toEqual([]);
});

test('a command that is not in the table is refused', async () => {
  class ReplaceItemCommand extends sdk.PutItemCommand {
    override readonly schema = [9, 'com.amazonaws.dynamodb', 'ReplaceItem'] as never;
  }
  const client = routedClient(new FakeDynamoDb().client(), { table: TABLE });
  await expect(client.send(new ReplaceItemCommand({ TableName: TABLE, Item: key }))).rejects.toMatchObject({
    name: 'UnroutableRequest',
    reason: 'unknown-command',
    operation: 'ReplaceItem',
  });
});

test('an operation is known by its schema, so that a bundler may shorten names', async () => {
  class A extends sdk.GetItemCommand {}
  const dynamodb = new FakeDynamoDb();
  const client = routedClient(dynamodb.client(), { table: TABLE });
  await client.send(new A({ TableName: TABLE, Key: key }));
  expect(dynamodb.sent[0]?.body.TableName).toBe('tier-basic');
});
