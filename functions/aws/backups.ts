import {
  CreateBackupCommand,
  DescribeBackupCommand,
  type DynamoDBClient,
  ListBackupsCommand,
  type ListBackupsCommandInput,
} from '@aws-sdk/client-dynamodb';
import type { TableName } from '../migration/names.ts';
import type { TableAdmin } from '../migration/provision/tables-port.ts';
import { nameOf, translateError } from './errors.ts';
import { orUnknownOutcome } from './table-calls.ts';

/** Makes and reads backups of tier tables in DynamoDB. */
export const backupsIn = (client: DynamoDBClient): Pick<TableAdmin, 'backUp' | 'backup'> => {
  /** Returns the ARN of a table's backup with this name. DynamoDB allows several backups with the same name. */
  const named = async (TableName: TableName, name: string): Promise<string | undefined> => {
    let ExclusiveStartBackupArn: ListBackupsCommandInput['ExclusiveStartBackupArn'];
    do {
      const page = await client.send(new ListBackupsCommand({ TableName, ExclusiveStartBackupArn }));
      const found = page.BackupSummaries?.find(
        ({ BackupName, BackupStatus }) => BackupName === name && BackupStatus !== 'DELETED',
      );
      if (found?.BackupArn !== undefined) return found.BackupArn;
      ExclusiveStartBackupArn = page.LastEvaluatedBackupArn;
    } while (ExclusiveStartBackupArn !== undefined);
    return undefined;
  };
  return {
    async backUp(table, name) {
      return orUnknownOutcome(table, async () => {
        const known = await named(table, name);
        if (known !== undefined) return known;
        const startBackup = await client.send(
          new CreateBackupCommand({ TableName: table, BackupName: name }),
        );
        return startBackup.BackupDetails?.BackupArn;
      });
    },

    async backup(arn) {
      try {
        const { BackupDescription } = await client.send(new DescribeBackupCommand({ BackupArn: arn }));
        const status = BackupDescription?.BackupDetails?.BackupStatus;
        return status === 'CREATING' ? 'creating' : status === 'AVAILABLE' ? 'available' : 'gone';
      } catch (error) {
        if (nameOf(error) === 'BackupNotFoundException') return 'gone';
        throw translateError(error);
      }
    },
  };
};
