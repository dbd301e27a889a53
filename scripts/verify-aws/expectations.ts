import { parseStrictSettings, type StrictSettings } from '../local/strict/strict-settings.ts';
import type { Expectation } from './answers.ts';
import { PROBE_TABLES } from './probes.ts';

/** Factor of the strict layer's delay from which a delay is a difference. It allows for polls, latency and one slow answer. */
const TOLERANCE = 2;

/** Returns the accepted delays. None is too short: the strict layer simulates delays. */
const withinTolerance = (strictMs: number): Expectation['delayMs'] => ({
  least: 0,
  most: TOLERANCE * strictMs,
});

/** Answers of DynamoDB on tables and backups. */
const tableExpectations = ({ dynamodb }: StrictSettings): readonly Expectation[] => [
  {
    id: 'table-creation',
    question: 'Which states does a new table with three indexes pass through, and for how long?',
    page: 'DynamoDB API reference, CreateTable',
    errors: [],
    states: ['CREATING', 'ACTIVE'],
    delayMs: withinTolerance(dynamodb.tableCreateMs),
  },
  {
    id: 'tables-at-once',
    question: 'May three tables with indexes be created at the same time?',
    page: 'DynamoDB API reference, CreateTable: LimitExceededException (the pages contradict each other)',
    errors: dynamodb.indexedTablesAtOnce < PROBE_TABLES ? ['LimitExceededException'] : [],
  },
  {
    id: 'recovery-of-new-table',
    question:
      'How long after ACTIVE does a table refuse UpdateContinuousBackups, and when does recovery read ENABLED?',
    page: 'DynamoDB API reference, UpdateContinuousBackups: ContinuousBackupsUnavailableException',
    errors: ['ContinuousBackupsUnavailableException'],
    states: ['DISABLED', 'ENABLING', 'ENABLED'],
    delayMs: withinTolerance(dynamodb.backupsEnabledMs + dynamodb.recoveryVisibleMs),
  },
  {
    id: 'backup',
    question: 'How long is an on-demand backup of a small table CREATING?',
    page: 'DynamoDB developer guide, Backing up a DynamoDB table (no duration is documented)',
    errors: [],
    states: ['CREATING', 'AVAILABLE'],
    delayMs: withinTolerance(dynamodb.backupMs),
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
];

/** Answers of Lambda, Step Functions and IAM. */
const otherExpectations = ({ streams }: StrictSettings): readonly Expectation[] => [
  {
    id: 'mapping',
    question: 'Which states does a mapping of a new table pass through, and for how long?',
    page: 'Lambda API reference, CreateEventSourceMapping',
    errors: [],
    states: ['Creating', 'Enabling', 'Enabled'],
    delayMs: withinTolerance(streams.mappingCreationMs),
  },
  {
    id: 'school-event',
    question: 'Does capture have a new school counted, by an asynchronous call, and how late?',
    page: 'Lambda developer guide, Invoking a Lambda function asynchronously',
    errors: [],
    states: ['counted'],
    delayMs: withinTolerance(streams.mostLatencyMs),
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
    page: 'not documented: 5, 2 and 2, counted in published histories of executions on AWS',
    errors: [],
    states: ['Task 5', 'Choice 2', 'Wait 2'],
  },
];

/**
 * Returns the answers of the embedded stack's strict layer with these settings: errors and states from AWS's pages, and
 * delays that most pages do not state. If AWS answers differently, the settings of the strict layer have to be changed.
 */
export const expectationsOf = (settings: StrictSettings): readonly Expectation[] => [
  ...tableExpectations(settings),
  ...otherExpectations(settings),
];

/** The answers of the strict layer with its defaults, with which a run compares those of AWS. */
export const EXPECTATIONS = expectationsOf(parseStrictSettings({}));

/** Questions that the script cannot answer itself, with the command that shows the answer. */
export interface ManualQuestion {
  readonly question: string;
  readonly command: string;
}

/** @param arn ARN of the state machine `tier-migration`, without a version. */
export const manualQuestions = (prefix: string, arn: string): readonly ManualQuestion[] => [
  {
    question:
      'Are executions that an alias started counted under the plain ARN of their machine? (The dashboard shows these metrics.)',
    command: `aws cloudwatch get-metric-statistics --namespace AWS/States --metric-name ExecutionsStarted --dimensions Name=StateMachineArn,Value=${arn} --start-time <begin> --end-time <end> --period 3600 --statistics Sum`,
  },
  {
    question: 'How old were the records when capture received them (IteratorAge)?',
    command: `aws cloudwatch get-metric-statistics --namespace AWS/Lambda --metric-name IteratorAge --dimensions Name=FunctionName,Value=${prefix}-capture-changes --start-time <begin> --end-time <end> --period 60 --statistics Maximum`,
  },
  {
    question: 'Which functions started cold under a fence, and for how long?',
    command: `aws logs tail <log group /tierferry/${prefix}/functions-...> --filter-pattern '"Init Duration"' | grep Cut`,
  },
];
