import type { DynamoDBClient, DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { AssumeRoleCommand, STSClient, type STSClientConfig } from '@aws-sdk/client-sts';
import type { TenantId } from '../migration/names.ts';
import { dynamoClient, TIME_OUTS } from './client.ts';
import { translate } from './errors.ts';
import { TENANT_TAG } from './tenant-tag.ts';

/** The shortest time that STS gives credentials for; the SDK asks for new ones before it is over. [STS API reference, AssumeRole] */
const SESSION_SECONDS = 900;
/** Clients that are kept: a function that has served many tenants must not keep all of them. */
const KEPT = 16;

/** A client for one tenant's items. */
export type TenantClients = (tenantId: TenantId) => DynamoDBClient;

/**
 * Clients whose credentials reach one tenant each, so that no mistake in a key can reach another (I4): each assumes the
 * role with the tenant as its session tag. They share their connections.
 * [IAM user guide, Passing session tags in STS; DynamoDB developer guide, IAM policy conditions: dynamodb:LeadingKeys]
 */
export const scopedClients = (
  dynamodb: DynamoDBClientConfig,
  config: STSClientConfig,
  roleArn: string,
  session: string,
): TenantClients => {
  const sts = new STSClient({ requestHandler: TIME_OUTS, ...config });
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
        ...(given?.SessionToken === undefined ? {} : { sessionToken: given.SessionToken }),
        ...(given?.Expiration === undefined ? {} : { expiration: given.Expiration }),
      };
    } catch (error) {
      throw translate(error);
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
    // the one that was used last goes last
    clients.delete(tenantId);
    clients.set(tenantId, client);
    const [oldest] = clients.keys();
    if (clients.size > KEPT && oldest !== undefined) clients.delete(oldest);
    return client;
  };
};
