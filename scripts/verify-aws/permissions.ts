import { type Call, plannedCalls, type Step } from './plan.ts';

/** Where a run works. What is not known in a dry run stands as `<name>`. */
export interface Place {
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

/** Calls that know no resource. [Service Authorization Reference] */
const WITHOUT_RESOURCE: ReadonlySet<Call> = new Set([
  'sts:GetCallerIdentity',
  'lambda:GetAccountSettings',
  'lambda:ListEventSourceMappings',
  'dynamodb:ListTables',
  'dynamodb:ListBackups',
]);
/** Actions that a transaction is authorised by, each for its part. [Service Authorization Reference, DynamoDB] */
const PARTS_OF_TRANSACTION: readonly Call[] = [
  'dynamodb:PutItem',
  'dynamodb:UpdateItem',
  'dynamodb:DeleteItem',
  'dynamodb:ConditionCheckItem',
];
/** Uses of the key that encrypts the control tables, through DynamoDB. */
const KEY_ACTIONS = [
  'kms:Decrypt',
  'kms:DescribeKey',
  'kms:Encrypt',
  'kms:GenerateDataKey',
  'kms:GenerateDataKeyWithoutPlaintext',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
];

/** The policy that the caller of a run needs: nothing outside the prefix, but for what knows no resource. */
export const policyFor = (steps: readonly Step[], place: Place) => {
  const { partition, region, account, prefix } = place;
  const calls = [...plannedCalls(steps)].flatMap((call) =>
    call === 'dynamodb:TransactWriteItems' ? PARTS_OF_TRANSACTION : [call],
  );
  const arn = (service: string, rest: string) => `arn:${partition}:${service}:${region}:${account}:${rest}`;
  const of = (service: string): string[] =>
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
      Action: of('dynamodb'),
      Resource: [arn('dynamodb', `table/${prefix}-*`)],
    },
    {
      Sid: 'ExecutionsOfThePrefix',
      Effect: 'Allow',
      Action: of('states'),
      Resource: [
        arn('states', `stateMachine:${prefix}-*`),
        arn('states', `execution:${prefix}-*:*`),
        arn('states', `execution:${prefix}-*/*`),
      ],
    },
    {
      Sid: 'MappingsOfThePrefix',
      Effect: 'Allow',
      Action: of('lambda'),
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
