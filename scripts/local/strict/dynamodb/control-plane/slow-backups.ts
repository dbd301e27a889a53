import { answerOf, type Body, type Rule, tableIn, textIn } from '../call.ts';
import type { DynamoDbSettings } from '../dynamodb-settings.ts';
import { ServiceException, tableInUse } from '../service-exception.ts';
import { existingTable } from './existing-table.ts';
import type { TableStates } from './table-states.ts';

interface Backup {
  readonly table: string;
  readonly arn: string;
  readonly name: string;
  readonly source: Body;
  readonly createdSeconds: number;
  readonly until: number;
}

/**
 * Makes backups take time. While one is CREATING, another backup of the table is refused, and so is the table's deletion.
 * Backups hold metadata only, in memory. [CreateBackup, DescribeBackup, DeleteBackup, Backing up a DynamoDB table]
 */
export const slowBackups = ({ backupMs }: Pick<DynamoDbSettings, 'backupMs'>, tables: TableStates): Rule => {
  const backups = new Map<string, Backup>();
  const isBeingMade = ({ until }: Backup) => tables.now() < until;
  const inProgress = (table: string) =>
    [...backups.values()].some((backup) => backup.table === table && isBeingMade(backup));
  const detailsOf = ({ arn, name, createdSeconds, ...backup }: Backup) => ({
    BackupArn: arn,
    BackupName: name,
    BackupSizeBytes: 0,
    BackupStatus: isBeingMade({ arn, name, createdSeconds, ...backup }) ? 'CREATING' : 'AVAILABLE',
    BackupType: 'USER',
    BackupCreationDateTime: createdSeconds,
  });
  const found = (body: Body): Backup => {
    const arn = textIn(body, 'BackupArn') ?? '';
    const backup = backups.get(arn);
    if (!backup) throw new ServiceException('BackupNotFoundException', `Backup not found: ${arn}`);
    return backup;
  };
  const create = (body: Body, source: Body): Backup => {
    const table = tableIn(body);
    const createdSeconds = Date.now() / 1_000;
    const id = `${Math.floor(createdSeconds * 1_000)}-${String(backups.size).padStart(8, '0')}`;
    const arn = `${textIn(source, 'TableArn') ?? `table/${table}`}/backup/${id}`;
    const name = textIn(body, 'BackupName') ?? '';
    const backup = { table, arn, name, source, createdSeconds, until: tables.now() + backupMs };
    backups.set(arn, backup);
    return backup;
  };
  return async (call, send) => {
    const { operation, body } = call;
    const table = tableIn(body);
    switch (operation) {
      case 'CreateBackup': {
        const source = await existingTable(table, send);
        if (tables.of(table)?.status === 'CREATING' || tables.of(table)?.status === 'DELETING')
          throw new ServiceException('TableInUseException', `Table is being created or deleted: ${table}`);
        if (inProgress(table)) throw backupInUse();
        return answerOf({ BackupDetails: detailsOf(create(body, source)) });
      }
      case 'DescribeBackup': {
        const backup = found(body);
        return answerOf({
          BackupDescription: { BackupDetails: detailsOf(backup), SourceTableDetails: sourceDetails(backup) },
        });
      }
      case 'ListBackups':
        return answerOf({
          BackupSummaries: [...backups.values()]
            .filter((backup) => table === '' || backup.table === table)
            .map((backup) => ({ TableName: backup.table, ...detailsOf(backup) })),
        });
      case 'DeleteBackup': {
        const backup = found(body);
        if (isBeingMade(backup)) throw backupInUse();
        backups.delete(backup.arn);
        return answerOf({
          BackupDescription: {
            BackupDetails: { ...detailsOf(backup), BackupStatus: 'DELETED' },
            SourceTableDetails: sourceDetails(backup),
          },
        });
      }
      case 'DeleteTable':
        if (inProgress(table)) throw tableInUse(table, 'backed up');
        return send(call);
      default:
        return send(call);
    }
  };
};

const backupInUse = (): ServiceException =>
  new ServiceException(
    'BackupInUseException',
    'There is another ongoing conflicting backup control plane operation on the table. The backup is either being created, deleted or restored to a table.',
  );

const sourceDetails = ({ table, source }: Backup): object => ({
  TableName: table,
  TableArn: source.TableArn,
  TableId: source.TableId ?? '',
  KeySchema: source.KeySchema,
  TableCreationDateTime: source.CreationDateTime,
  ProvisionedThroughput: source.ProvisionedThroughput ?? { ReadCapacityUnits: 0, WriteCapacityUnits: 0 },
});
