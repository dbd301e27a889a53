import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { startEngine } from '../../scripts/local/engine.ts';

/** An engine in memory for one test file, and how the SDK reaches it. */
export const startTestEngine = async (): Promise<{ config: DynamoDBClientConfig; stop(): Promise<void> }> => {
  const engine = await startEngine();
  const config = {
    endpoint: engine.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  };
  return { config, stop: () => engine.stop() };
};
