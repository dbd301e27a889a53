/** An action of IAM, e.g. `dynamodb:Query`. */
export type Call = `${string}:${string}`;

/** One step of a run. */
export interface Step {
  readonly name: string;
  /** Description in one sentence. */
  readonly does: string;
  /**
   * Calls that the script itself makes with the caller's credentials. CDK and the deployed functions have roles of their
   * own.
   */
  readonly calls: readonly Call[];
}

/** Reads and writes of control records, as made by the command line. */
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
/** Calls of the application: it reads the route, and reads and writes items of the made-up tenant. */
const APPLICATION: readonly Call[] = ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query'];

export const STEPS: readonly Step[] = [
  {
    name: 'look',
    does: 'Names the account, and reads how much concurrency it has: below 123, functions reserve none.',
    calls: ['sts:GetCallerIdentity', 'lambda:GetAccountSettings'],
  },
  {
    name: 'deploy',
    does: 'Deploys the three stacks under a prefix of their own (`cdk deploy`); all resources are deleted with their stacks.',
    calls: [],
  },
  {
    name: 'probe',
    does: 'Creates three probe tables at once, turns recovery on, backs one up, tries to delete it during the backup, and notes each answer.',
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

/** Returns every call that a run may make. */
export const plannedCalls = (steps: readonly Step[] = STEPS): ReadonlySet<Call> =>
  new Set(steps.flatMap(({ calls }) => calls));
