import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { startEngine } from '../../scripts/local/engine.ts';
import type { EngineName } from '../../scripts/local/engines/program.ts';
import { testDatabase } from './test-database.ts';

/**
 * An empty database, and how the SDK reaches it.
 * @param engine the native one runs for this call alone; DynamoDB Local is the run's.
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
