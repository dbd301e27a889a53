import { Aws, Fn, RemovalPolicy } from 'aws-cdk-lib';
import { type ILogGroup, LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { Settings } from '../functions/migration/settings/settings.ts';

/**
 * Creates the log group of a state machine. CloudWatch Logs allows services to write to every group below
 * `/aws/vendedlogs/` by one entry of the account's resource policy. Any other group needs an entry of its own, and the policy
 * holds only 5,120 characters. [Step Functions developer guide, Logging in CloudWatch Logs: CloudWatch Logs resource policy
 * size limit]
 */
export const machineLog = (scope: Construct, id: string, machineName: string): ILogGroup =>
  logGroup(scope, id, `/aws/vendedlogs/states/${machineName}`);

/**
 * Creates a log group for functions. Several may share it: Lambda puts the function's name into the name of each log stream.
 * [Lambda developer guide, Configuring CloudWatch log groups]
 */
export const functionLog = (
  scope: Construct,
  id: string,
  { prefix }: Pick<Settings, 'prefix'>,
  name: string,
): ILogGroup => logGroup(scope, id, `/tierferry/${prefix}/${name}`);

/**
 * A log group outlives its stack, unless its first deployment fails. The name ends with a part of the stack's id, so the same
 * stack can be created again.
 */
const logGroup = (scope: Construct, id: string, name: string): ILogGroup =>
  new LogGroup(scope, id, {
    logGroupName: `${name}-${Fn.select(4, Fn.split('-', Fn.select(2, Fn.split('/', Aws.STACK_ID))))}`,
    retention: RetentionDays.ONE_YEAR,
    removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
  });
