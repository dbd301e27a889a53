import type { Expectation } from './answers.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/**
 * What AWS is documented to answer, as the strict layer of the embedded stack answers it. Where a page gives no figure the
 * bounds are ours: the point of a run is to learn them.
 */
export const EXPECTATIONS: readonly Expectation[] = [
  {
    id: 'table-creation',
    question: 'Which states does a new table with three indexes pass through, and for how long?',
    page: 'DynamoDB API reference, CreateTable',
    errors: [],
    states: ['CREATING', 'ACTIVE'],
    delayMs: { least: 0, most: 5 * MINUTE },
  },
  {
    id: 'tables-at-once',
    question: 'May three tables with indexes be created at the same time?',
    page: 'DynamoDB API reference, CreateTable: LimitExceededException (the pages contradict each other)',
    errors: ['LimitExceededException'],
  },
  {
    id: 'recovery-of-new-table',
    question:
      'How long after ACTIVE does a table refuse UpdateContinuousBackups, and when does recovery read ENABLED?',
    page: 'DynamoDB API reference, UpdateContinuousBackups: ContinuousBackupsUnavailableException',
    errors: ['ContinuousBackupsUnavailableException'],
    states: ['DISABLED', 'ENABLING', 'ENABLED'],
    delayMs: { least: 0, most: 5 * MINUTE },
  },
  {
    id: 'backup',
    question: 'How long is an on-demand backup of a small table CREATING?',
    page: 'DynamoDB developer guide, Backing up a DynamoDB table (no duration is documented)',
    errors: [],
    states: ['CREATING', 'AVAILABLE'],
    delayMs: { least: 0, most: 15 * MINUTE },
  },
  {
    id: 'second-backup',
    question: 'What does CreateBackup answer while another backup of the table is being made?',
    page: 'DynamoDB API reference, CreateBackup: BackupInUseException',
    errors: ['BackupInUseException', 'LimitExceededException'],
  },
  {
    id: 'deletion-during-backup',
    question: 'What does DeleteTable answer while a backup of the table is being made?',
    page: 'DynamoDB developer guide, Backing up a DynamoDB table',
    errors: ['ResourceInUseException'],
  },
  {
    id: 'recovery-of-deleted-table',
    question: 'What does DescribeContinuousBackups answer for a table that is DELETING?',
    page: 'DynamoDB API reference, DescribeContinuousBackups: TableNotFoundException',
    errors: ['TableNotFoundException'],
  },
  {
    id: 'mapping',
    question: 'Which states does a mapping of a new table pass through, and for how long?',
    page: 'Lambda API reference, CreateEventSourceMapping',
    errors: [],
    states: ['Creating', 'Enabling', 'Enabled'],
    delayMs: { least: 0, most: 5 * MINUTE },
  },
  {
    id: 'school-event',
    question:
      "Does the filter on `eventName` in CountSchools' mapping let a new school through, and how late?",
    page: 'Lambda developer guide, Control which events Lambda sends to your function (names no `eventName` filter)',
    errors: [],
    states: ['counted'],
    delayMs: { least: 0, most: MINUTE },
  },
  {
    id: 'leading-keys-of-index',
    question: 'Does `dynamodb:LeadingKeys` hold for a Query of an index, with the index key of one tenant?',
    page: 'DynamoDB developer guide, Using IAM policy conditions for fine-grained access control',
    errors: [],
    states: ['index check passed'],
  },
  {
    id: 'history-events',
    question: 'How many events does a Lambda task, a Choice and a Wait add to the history of an execution?',
    page: 'not documented: 5, 2 and 2, counted in histories that others have recorded on AWS',
    errors: [],
    states: ['Task 5', 'Choice 2', 'Wait 2'],
  },
];

/** Questions that the script cannot answer itself, with the command that shows the answer. */
export interface ManualQuestion {
  readonly question: string;
  readonly command: string;
}

/** @param arn of the state machine `tier-migration`, without a version. */
export const manualQuestions = (prefix: string, arn: string): readonly ManualQuestion[] => [
  {
    question:
      'Are executions that an alias started counted under the plain ARN of their machine? (The dashboard shows these metrics.)',
    command: `aws cloudwatch get-metric-statistics --namespace AWS/States --metric-name ExecutionsStarted --dimensions Name=StateMachineArn,Value=${arn} --start-time <begin> --end-time <end> --period 3600 --statistics Sum`,
  },
  {
    question: 'How old were the records when capture got them (IteratorAge)?',
    command: `aws cloudwatch get-metric-statistics --namespace AWS/Lambda --metric-name IteratorAge --dimensions Name=FunctionName,Value=${prefix}-capture-changes --start-time <begin> --end-time <end> --period 60 --statistics Maximum`,
  },
  {
    question: 'Which functions started cold under a fence, and for how long?',
    command: `aws logs tail <log group of CutOver> --filter-pattern "Init Duration"`,
  },
];
