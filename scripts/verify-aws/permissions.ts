import { type Call, plannedCalls, type Step } from './plan.ts';

/** The place of a run. In a dry run, unknown parts are placeholders such as `<account>`. */
export interface Deployment {
  readonly partition: string;
  readonly region: string;
  readonly account: string;
  readonly prefix: string;
}

interface Statement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: unknown;
}

/** Calls without resource-level permissions. [Service Authorization Reference] */
const WITHOUT_RESOURCE: ReadonlySet<Call> = new Set([
  'sts:GetCallerIdentity',
  'lambda:GetAccountSettings',
  'lambda:ListEventSourceMappings',
  'dynamodb:ListTables',
  'dynamodb:ListBackups',
]);
/** Actions that authorise the parts of a transaction. [Service Authorization Reference, DynamoDB] */
const PARTS_OF_TRANSACTION: readonly Call[] = [
  'dynamodb:PutItem',
  'dynamodb:UpdateItem',
  'dynamodb:DeleteItem',
  'dynamodb:ConditionCheckItem',
];
/** Actions on the key that encrypts the control tables, which DynamoDB uses for the caller. */
const KEY_ACTIONS = [
  'kms:Decrypt',
  'kms:DescribeKey',
  'kms:Encrypt',
  'kms:GenerateDataKey',
  'kms:GenerateDataKeyWithoutPlaintext',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
];

/**
 * Returns the policy that the caller of a run needs. It allows nothing outside of the prefix, except calls without
 * resource-level permissions.
 */
export const policyFor = (steps: readonly Step[], place: Deployment) => {
  const { partition, region, account, prefix } = place;
  const calls = [...plannedCalls(steps)].flatMap((call) =>
    call === 'dynamodb:TransactWriteItems' ? PARTS_OF_TRANSACTION : [call],
  );
  const arn = (service: string, rest: string) => `arn:${partition}:${service}:${region}:${account}:${rest}`;
  const statementOf = (service: string): string[] =>
    [...new Set(calls)]
      .filter((call) => call.startsWith(`${service}:`) && !WITHOUT_RESOURCE.has(call))
      .sort();
  const statements: Statement[] = [
    {
      Sid: 'WithoutResource',
      Effect: 'Allow',
      Action: calls
        .filter((call) => WITHOUT_RESOURCE.has(call))
        .filter((call, n, all) => all.indexOf(call) === n),
      Resource: ['*'],
    },
    {
      Sid: 'DeployWithCdk',
      Effect: 'Allow',
      Action: ['sts:AssumeRole'],
      Resource: [`arn:${partition}:iam::${account}:role/cdk-*`],
    },
    {
      Sid: 'TablesOfThePrefix',
      Effect: 'Allow',
      Action: statementOf('dynamodb'),
      Resource: [arn('dynamodb', `table/${prefix}-*`)],
    },
    {
      Sid: 'ExecutionsOfThePrefix',
      Effect: 'Allow',
      Action: statementOf('states'),
      Resource: [
        arn('states', `stateMachine:${prefix}-*`),
        arn('states', `execution:${prefix}-*:*`),
        arn('states', `execution:${prefix}-*/*`),
      ],
    },
    {
      Sid: 'MappingsOfThePrefix',
      Effect: 'Allow',
      Action: statementOf('lambda'),
      Resource: ['*'],
      Condition: { ArnLike: { 'lambda:FunctionArn': arn('lambda', `function:${prefix}-*`) } },
    },
    {
      Sid: 'KeyOfTheControlTables',
      Effect: 'Allow',
      Action: KEY_ACTIONS,
      Resource: [arn('kms', 'key/*')],
      Condition: { StringEquals: { 'kms:ViaService': `dynamodb.${region}.amazonaws.com` } },
    },
  ];
  return { Version: '2012-10-17', Statement: statements };
};
