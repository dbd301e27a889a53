import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DynamoDBClient,
  DynamoDBServiceException,
} from '@aws-sdk/client-dynamodb';
import { startEngine } from '../../scripts/local/engine.ts';
import { serveDynamoDb } from '../../scripts/local/strict/dynamodb/serve-dynamodb.ts';
import { strictDynamoDb } from '../../scripts/local/strict/dynamodb/strict-dynamodb.ts';
import { type GivenStrictSettings, parseStrictSettings } from '../../scripts/local/strict/strict-settings.ts';
import { testDatabase } from '../support/test-database.ts';

/** Strict DynamoDB in front of a real engine. Its delays pass by `pass` only. */
export const startStrictDynamoDb = async (dynamodb: GivenStrictSettings['dynamodb']) => {
  const { dynamodbEndpoint, accessKeyId = 'local' } = testDatabase();
  const engine = dynamodbEndpoint === undefined ? await startEngine() : undefined;
  let now = 0;
  const front = await serveDynamoDb(
    engine?.endpoint ?? dynamodbEndpoint ?? '',
    strictDynamoDb(parseStrictSettings({ dynamodb }).dynamodb, () => now),
  );
  const config = {
    endpoint: front.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId, secretAccessKey: 'local' },
    // each answer is checked
    maxAttempts: 1,
  };
  const client = new DynamoDBClient(config);
  return {
    config,
    client,
    /** Lets time pass for the rules. */
    pass(ms: number) {
      now += ms;
    },
    async stop() {
      client.destroy();
      await front.stop();
      await engine?.stop();
    },
  };
};

export type StrictWorld = Awaited<ReturnType<typeof startStrictDynamoDb>>;

/** @returns the error of the service that the call throws. */
export const errorOf = async (call: Promise<unknown>): Promise<DynamoDBServiceException> => {
  try {
    await call;
  } catch (error) {
    if (error instanceof DynamoDBServiceException) return error;
    throw error;
  }
  throw new Error('the call was answered without an error');
};

const TABLE: CreateTableCommandInput = {
  TableName: 'table',
  BillingMode: 'PAY_PER_REQUEST',
  KeySchema: [
    { AttributeName: 'tenantId', KeyType: 'HASH' },
    { AttributeName: 'entityKey', KeyType: 'RANGE' },
  ],
  AttributeDefinitions: [
    { AttributeName: 'tenantId', AttributeType: 'S' },
    { AttributeName: 'entityKey', AttributeType: 'S' },
  ],
};
const INDEXED: Partial<CreateTableCommandInput> = {
  AttributeDefinitions: [
    ...(TABLE.AttributeDefinitions ?? []),
    { AttributeName: 'kind', AttributeType: 'S' },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: 'by-kind',
      KeySchema: [{ AttributeName: 'kind', KeyType: 'HASH' }],
      Projection: { ProjectionType: 'ALL' },
    },
  ],
};

/** Creates a table with tenants' keys; an indexed one has the index `by-kind` on `kind`. */
export const createTable = (
  { client }: Pick<StrictWorld, 'client'>,
  TableName: string,
  { isIndexed = false, ...changes }: Partial<CreateTableCommandInput> & { readonly isIndexed?: boolean } = {},
) => client.send(new CreateTableCommand({ ...TABLE, ...(isIndexed ? INDEXED : {}), ...changes, TableName }));
