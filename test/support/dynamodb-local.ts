import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { startEngine } from '../../scripts/local/engine.ts';
import type { EngineName } from '../../scripts/local/engines/program.ts';
import { testDatabase } from './test-database.ts';

/**
 * Returns the SDK's settings for an empty database.
 * @param engine starts a native engine for this call only, or uses the test run's DynamoDB Local.
 */
export const startTestEngine = async (
  engine?: EngineName,
): Promise<{ config: DynamoDBClientConfig; stop(): Promise<void> }> => {
  const { dynamodbEndpoint, accessKeyId = 'local' } = testDatabase();
  const config = { region: 'us-east-1', credentials: { accessKeyId, secretAccessKey: 'local' } };
  if (dynamodbEndpoint !== undefined && engine !== 'dynoxide')
    return { config: { ...config, endpoint: dynamodbEndpoint }, stop: async () => {} };
  const started = await startEngine(engine ? { engine } : {});
  return { config: { ...config, endpoint: started.endpoint }, stop: () => started.stop() };
};
