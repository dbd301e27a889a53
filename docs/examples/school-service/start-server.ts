import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { serve } from '@hono/node-server';
import { TenantRouter } from 'tierferry/router';
import { SchoolRecords } from './school-records.ts';
import { createService } from './service.ts';

/**
 * Serves the school service over HTTP, on any free port if `port` is 0. The SDK finds DynamoDB by its own configuration:
 * the environment of `tierferry local`, or an AWS account.
 */
export const startServer = async (port: number) => {
  const client = new DynamoDBClient({});
  const router = new TenantRouter({ client }); // one for the process
  const service = createService(new SchoolRecords(DynamoDBDocumentClient.from(client), router));
  const { promise: listening, resolve } = Promise.withResolvers<number>();
  const server = serve({ fetch: service.fetch, port, hostname: '127.0.0.1' }, (info) => resolve(info.port));
  return {
    url: `http://127.0.0.1:${await listening}`,
    stop: () => {
      server.close();
      client.destroy();
    },
  };
};
