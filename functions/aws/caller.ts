import { GetCallerIdentityCommand, STSClient, type STSClientConfig } from '@aws-sdk/client-sts';
import { Unavailable } from '../migration/errors.ts';
import { TIMEOUTS } from './client.ts';
import { translateError } from './errors.ts';

/**
 * Returns the ARN of the caller's credentials. It needs no permission. [STS API reference, GetCallerIdentity]
 * @throws Unavailable
 */
export const callerArn = async (config: STSClientConfig = {}): Promise<string> => {
  const client = new STSClient({ requestHandler: TIMEOUTS, ...config });
  try {
    const { Arn } = await client.send(new GetCallerIdentityCommand({}));
    if (Arn === undefined) throw new Unavailable('STS returned no ARN for the credentials');
    return Arn;
  } catch (error) {
    throw translateError(error);
  } finally {
    client.destroy();
  }
};
