import type { DynamoDBClient, DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { AssumeRoleCommand, STSClient, type STSClientConfig } from '@aws-sdk/client-sts';
import type { TenantId } from '../migration/names.ts';
import { dynamoClient, TIMEOUTS } from './client.ts';
import { translateError } from './errors.ts';
import { TENANT_TAG } from './tenant-tag.ts';

/** Shortest lifetime of credentials that STS allows; the SDK renews them before its end. [STS API reference, AssumeRole] */
const SESSION_SECONDS = 900;
/** Maximum number of clients that are kept: a function may serve many tenants. */
const MAX_CLIENTS = 16;

/** Returns a client for one tenant's items. */
export type TenantClients = (tenantId: TenantId) => DynamoDBClient;

/**
 * Makes clients whose credentials reach one tenant each, so that a mistake in a key cannot reach another (I4). Each client
 * assumes the role with the tenant as its session tag. They share their connections.
 * [IAM user guide, Passing session tags in STS; DynamoDB developer guide, IAM policy conditions: dynamodb:LeadingKeys]
 */
export const tenantScopedClients = (
  dynamodb: DynamoDBClientConfig,
  config: STSClientConfig,
  roleArn: string,
  session: string,
): TenantClients => {
  const sts = new STSClient({ requestHandler: TIMEOUTS, ...config });
  const connections = dynamoClient(dynamodb, 'items').config.requestHandler;
  const clients = new Map<TenantId, DynamoDBClient>();
  const credentialsOf = async (tenantId: TenantId) => {
    try {
      const { Credentials: given } = await sts.send(
        new AssumeRoleCommand({
          RoleArn: roleArn,
          RoleSessionName: session,
          DurationSeconds: SESSION_SECONDS,
          Tags: [{ Key: TENANT_TAG, Value: tenantId }],
        }),
      );
      const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey } = given ?? {};
      if (accessKeyId === undefined || secretAccessKey === undefined)
        throw new Error(`STS gave no credentials for ${roleArn}`);
      return {
        accessKeyId,
        secretAccessKey,
        sessionToken: given?.SessionToken,
        expiration: given?.Expiration,
      };
    } catch (error) {
      throw translateError(error);
    }
  };
  return (tenantId) => {
    const known = clients.get(tenantId);
    const client =
      known ??
      dynamoClient(
        { ...dynamodb, requestHandler: connections, credentials: () => credentialsOf(tenantId) },
        'items',
      );
    // move the client to the end: the first one is the least recently used
    clients.delete(tenantId);
    clients.set(tenantId, client);
    const [oldest] = clients.keys();
    if (clients.size > MAX_CLIENTS && oldest !== undefined) clients.delete(oldest);
    return client;
  };
};
