import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';

/**
 * The SDK's logger middleware copies every input and output for a logger that has `info`, also for one that ignores it;
 * without `info` it stops before. That halves the client's CPU for items.
 */
const logger = { debug() {}, warn() {}, error() {} } as unknown as NonNullable<
  DynamoDBClientConfig['logger']
>;

/** Time to connect, and for a whole call, in ms. Lambda and the services are in one region; a call takes milliseconds. */
export const TIME_OUTS = { connectionTimeout: 2_000, requestTimeout: 10_000, throwOnRequestTimeout: true };

/**
 * A client with our time-outs.
 * @param purpose `items`: no retries of the SDK's own, since the batch writer must see each throttle to slow down.
 *   `records`: the SDK's standard retries.
 */
export const dynamoClient = (
  config: DynamoDBClientConfig = {},
  purpose: 'items' | 'records' = 'records',
): DynamoDBClient =>
  new DynamoDBClient({
    logger,
    requestHandler: TIME_OUTS,
    maxAttempts: purpose === 'items' ? 1 : 4,
    ...config,
  });
