import {
  CreateBackupCommand,
  CreateTableCommand,
  DeleteTableCommand,
  DescribeBackupCommand,
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  UpdateContinuousBackupsCommand,
} from '@aws-sdk/client-dynamodb';
import type { Answer } from './answers.ts';
import { ObservedStates } from './seen-states.ts';

/** Number of tables that are created at the same time. */
export const PROBE_TABLES = 3;
const POLL_MS = 500;

export interface ProbeContext {
  readonly dynamodb: DynamoDBClient;
  readonly prefix: string;
  /** Returns monotonic ms. */
  readonly now: () => number;
  /** Waits. Rejects with the signal's reason if it aborts. */
  readonly sleep: (ms: number) => Promise<unknown>;
}

/**
 * Answers the questions about DynamoDB's control plane, on separate tables without migrations, so that each error has one
 * cause. The clean-up deletes the tables.
 */
export const probe = async (world: ProbeContext): Promise<readonly Answer[]> => {
  const answers: Answer[] = [];
  const names = Array.from({ length: PROBE_TABLES }, (_, n) => `${world.prefix}-probe-${n}`);
  const atOnce = new ObservedStates(world.now);
  const creations = await Promise.allSettled(
    names.map((name) => world.dynamodb.send(new CreateTableCommand(probeTable(name)))),
  );
  for (const creation of creations) if (creation.status === 'rejected') atOnce.error(nameOf(creation.reason));
  answers.push(atOnce.answer('tables-at-once'));
  const created = names.filter((_, n) => creations[n]?.status === 'fulfilled');
  const [first] = created;
  if (first === undefined) return answers;
  answers.push(await tableCreation(world, first));
  answers.push(await recovery(world, first));
  answers.push(...(await backups(world, first)));
  return answers;
};

const tableCreation = async ({ dynamodb, now, sleep }: ProbeContext, TableName: string): Promise<Answer> => {
  const seen = new ObservedStates(now);
  for (;;) {
    const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName }));
    const indexes = Table?.GlobalSecondaryIndexes ?? [];
    const isReady =
      Table?.TableStatus === 'ACTIVE' && indexes.every(({ IndexStatus }) => IndexStatus === 'ACTIVE');
    seen.state(isReady ? 'ACTIVE' : 'CREATING');
    if (isReady) return seen.answer('table-creation');
    await sleep(POLL_MS);
  }
};

const recovery = async ({ dynamodb, now, sleep }: ProbeContext, TableName: string): Promise<Answer> => {
  const seen = new ObservedStates(now);
  let isAccepted = false;
  for (;;) {
    const { ContinuousBackupsDescription } = await dynamodb.send(
      new DescribeContinuousBackupsCommand({ TableName }),
    );
    const status: string =
      ContinuousBackupsDescription?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus ?? 'DISABLED';
    seen.state(status);
    if (status === 'ENABLED') return seen.answer('recovery-of-new-table');
    if (!isAccepted) {
      try {
        await dynamodb.send(
          new UpdateContinuousBackupsCommand({
            TableName,
            PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
          }),
        );
        isAccepted = true;
      } catch (error) {
        seen.error(nameOf(error));
        if (nameOf(error) !== 'ContinuousBackupsUnavailableException') throw error;
      }
    }
    await sleep(POLL_MS);
  }
};

/** Backs up a table, tries the operations that a running backup is documented to refuse, and deletes the table afterwards. */
const backups = async (
  { dynamodb, now, sleep }: ProbeContext,
  TableName: string,
): Promise<readonly Answer[]> => {
  const [backup, second, deletion, deleted] = Array.from({ length: 4 }, () => new ObservedStates(now));
  if (!backup || !second || !deletion || !deleted) return [];
  const { BackupDetails } = await dynamodb.send(
    new CreateBackupCommand({ TableName, BackupName: `${TableName}-backup` }),
  );
  backup.state(BackupDetails?.BackupStatus ?? 'CREATING');
  const secondBackup = new CreateBackupCommand({ TableName, BackupName: `${TableName}-again` });
  await recordError(second, () => dynamodb.send(secondBackup));
  await recordError(deletion, () => dynamodb.send(new DeleteTableCommand({ TableName })));
  const BackupArn = BackupDetails?.BackupArn;
  while (backup.answer('').states?.at(-1) === 'CREATING') {
    await sleep(POLL_MS);
    const { BackupDescription } = await dynamodb.send(new DescribeBackupCommand({ BackupArn }));
    backup.state(BackupDescription?.BackupDetails?.BackupStatus ?? 'CREATING');
  }
  // refused while the second backup runs, if that was accepted; the clean-up tries again
  await recordError(new ObservedStates(now), () => dynamodb.send(new DeleteTableCommand({ TableName })));
  await recordError(deleted, () => dynamodb.send(new DescribeContinuousBackupsCommand({ TableName })));
  return [
    backup.answer('backup'),
    second.answer('second-backup'),
    deletion.answer('deletion-during-backup'),
    deleted.answer('recovery-of-deleted-table'),
  ];
};

const recordError = async (seen: ObservedStates, call: () => Promise<unknown>): Promise<void> => {
  try {
    await call();
  } catch (error) {
    seen.error(nameOf(error));
  }
};

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : String(error));

const text = (name: string) => ({ AttributeName: name, AttributeType: 'S' as const });

const probeTable = (TableName: string) => ({
  TableName,
  BillingMode: 'PAY_PER_REQUEST' as const,
  AttributeDefinitions: ['tenantId', 'entityKey', 'a', 'b', 'c'].map(text),
  KeySchema: [
    { AttributeName: 'tenantId', KeyType: 'HASH' as const },
    { AttributeName: 'entityKey', KeyType: 'RANGE' as const },
  ],
  GlobalSecondaryIndexes: ['a', 'b', 'c'].map((name) => ({
    IndexName: `by-${name}`,
    KeySchema: [{ AttributeName: name, KeyType: 'HASH' as const }],
    Projection: { ProjectionType: 'ALL' as const },
  })),
});
