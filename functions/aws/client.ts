import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';

/**
 * A logger without `info`. For one with `info`, even if it does nothing, the SDK's middleware copies every input and output,
 * which doubles the client's CPU time for items.
 */
const logger = { debug() {}, warn() {}, error() {} } as unknown as NonNullable<
  DynamoDBClientConfig['logger']
>;

/**
 * Time-outs for connecting and for a whole call, in ms. Lambda and the services are in one region; a call takes
 * milliseconds.
 */
export const TIMEOUTS = { connectionTimeout: 2_000, requestTimeout: 10_000, throwOnRequestTimeout: true };

/**
 * Creates a client with our time-outs.
 * @param purpose `items`: without retries, since the batch writer must see each throttle to slow down. `records`: with the
 *   SDK's standard retries.
 */
export const dynamoClient = (
  config: DynamoDBClientConfig = {},
  purpose: 'items' | 'records' = 'records',
): DynamoDBClient =>
  new DynamoDBClient({
    logger,
    requestHandler: TIMEOUTS,
    maxAttempts: purpose === 'items' ? 1 : 4,
    ...config,
  });
