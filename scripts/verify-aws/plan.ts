/** A call to AWS as IAM authorises it: `dynamodb:Query`. */
export type Call = `${string}:${string}`;

/** Steps of a run, in order. */
export interface Step {
  readonly name: string;
  /** One sentence for the reader of the plan. */
  readonly does: string;
  /** Calls that the script makes itself, with the caller's credentials; CDK and the deployed functions have roles of their own. */
  readonly calls: readonly Call[];
}

/** Reads and writes of control records, as the command line makes them. */
const RECORDS: readonly Call[] = [
  'dynamodb:GetItem',
  'dynamodb:BatchGetItem',
  'dynamodb:Query',
  'dynamodb:Scan',
  'dynamodb:PutItem',
  'dynamodb:UpdateItem',
  'dynamodb:DeleteItem',
  'dynamodb:TransactWriteItems',
];
const DESCRIBE: readonly Call[] = [
  'dynamodb:DescribeTable',
  'dynamodb:DescribeTimeToLive',
  'dynamodb:DescribeContinuousBackups',
];
const MIGRATE: readonly Call[] = [
  ...RECORDS,
  ...DESCRIBE,
  'dynamodb:ListBackups',
  'states:StartExecution',
  'states:DescribeExecution',
  'lambda:ListEventSourceMappings',
];
/** The application: a route, and items of the made-up tenant. */
const APPLICATION: readonly Call[] = ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query'];

export const STEPS: readonly Step[] = [
  {
    name: 'look',
    does: 'Names the account, and reads how much concurrency it has: below 123 the functions reserve none.',
    calls: ['sts:GetCallerIdentity', 'lambda:GetAccountSettings'],
  },
  {
    name: 'deploy',
    does: 'Deploys the three stacks under a prefix of their own (`cdk deploy`); everything in them goes with its stack.',
    calls: [],
  },
  {
    name: 'probe',
    does: 'Creates three probe tables at once, turns recovery on, backs one up, deletes it meanwhile, and notes each answer.',
    calls: [
      'dynamodb:CreateTable',
      ...DESCRIBE,
      'dynamodb:UpdateContinuousBackups',
      'dynamodb:CreateBackup',
      'dynamodb:DescribeBackup',
      'dynamodb:DeleteTable',
    ],
  },
  {
    name: 'seed',
    does: 'Registers a made-up tenant in a shared table and writes its items.',
    calls: [...RECORDS, ...DESCRIBE, 'dynamodb:BatchWriteItem'],
  },
  {
    name: 'up',
    does: 'Moves the tenant to the next tier while an application writes through the router, and compares every item.',
    calls: [...MIGRATE, ...APPLICATION],
  },
  {
    name: 'back',
    does: 'Rolls that migration back in its hold, under the same writes, and compares every item.',
    calls: [...MIGRATE, ...APPLICATION],
  },
  {
    name: 'into a dedicated table',
    does: 'Moves the tenant into a table of its own, which the migration creates, and compares every item.',
    calls: [...MIGRATE, ...APPLICATION],
  },
  {
    name: 'out of the dedicated table',
    does: 'Moves the tenant out again: final backup, then the table is dropped. Compares every item.',
    calls: [...MIGRATE, ...APPLICATION, 'states:ListExecutions', 'states:GetExecutionHistory'],
  },
  {
    name: 'school',
    does: 'Writes one school and waits until the registry has counted it.',
    calls: [...RECORDS, ...APPLICATION],
  },
  {
    name: 'remove',
    does: 'Stops executions, deletes mappings, tables and backups of the prefix, then the stacks. Runs after Ctrl-C as well.',
    calls: [
      'states:ListExecutions',
      'states:StopExecution',
      'lambda:ListEventSourceMappings',
      'lambda:DeleteEventSourceMapping',
      'dynamodb:ListTables',
      'dynamodb:UpdateTable',
      'dynamodb:DeleteTable',
      'dynamodb:ListBackups',
      'dynamodb:DeleteBackup',
    ],
  },
];

/** Every call that a run may make. */
export const plannedCalls = (steps: readonly Step[] = STEPS): ReadonlySet<Call> =>
  new Set(steps.flatMap(({ calls }) => calls));
