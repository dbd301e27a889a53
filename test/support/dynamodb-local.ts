import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { startEngine } from '../../scripts/local/engine.ts';
import { testDatabase } from './test-database.ts';

/** An empty database, and how the SDK reaches it. */
export const startTestEngine = async (): Promise<{ config: DynamoDBClientConfig; stop(): Promise<void> }> => {
  const { dynamodbEndpoint, accessKeyId = 'local' } = testDatabase();
  const config = { region: 'us-east-1', credentials: { accessKeyId, secretAccessKey: 'local' } };
  if (dynamodbEndpoint !== undefined)
    return { config: { ...config, endpoint: dynamodbEndpoint }, stop: async () => {} };
  const engine = await startEngine();
  return { config: { ...config, endpoint: engine.endpoint }, stop: () => engine.stop() };
};
