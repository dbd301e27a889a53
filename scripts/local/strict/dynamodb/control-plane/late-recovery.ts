import { answerOf, isDone, type Rule, recordIn, tableIn } from '../call.ts';
import type { DynamoDbSettings } from '../dynamodb-settings.ts';
import { ServiceException, tableNotFound } from '../service-exception.ts';
import { existingTable } from './existing-table.ts';
import type { TableStates } from './table-states.ts';

type Settings = Pick<DynamoDbSettings, 'backupsEnabledMs' | 'recoveryVisibleMs'>;

interface Recovery {
  readonly isOn: boolean;
  readonly since: number;
}

/**
 * Delays recovery: a new table has no backups yet, and recovery that was turned on is shown as off for a while. Tables that
 * are older than this layer have recovery. [UpdateContinuousBackups, DescribeContinuousBackups]
 */
export const lateRecovery = (settings: Settings, tables: TableStates): Rule => {
  const recoveries = new Map<string, Recovery>();
  const recoveryOf = (table: string): Recovery =>
    recoveries.get(table) ?? {
      isOn: tables.activeSince(table) === undefined,
      since: Number.NEGATIVE_INFINITY,
    };
  return async (call, send) => {
    const { operation, body } = call;
    const table = tableIn(body);
    switch (operation) {
      case 'CreateTable':
      case 'DeleteTable': {
        const answer = await send(call);
        if (isDone(answer)) recoveries.delete(table);
        return answer;
      }
      case 'CreateBackup':
        await existingTable(table, send);
        // the rule of backups refuses it for another reason
        if (tables.of(table)?.status === 'CREATING') return send(call);
        throwIfTooEarly(settings, tables, table);
        return send(call);
      case 'DescribeContinuousBackups':
        await existingTable(table, send);
        throwIfDeleting(tables, table);
        return answerOf(description(seen(recoveryOf(table), settings, tables.now())));
      case 'UpdateContinuousBackups': {
        await existingTable(table, send);
        throwIfDeleting(tables, table);
        throwIfTooEarly(settings, tables, table);
        const isOn = recordIn(body, 'PointInTimeRecoverySpecification').PointInTimeRecoveryEnabled === true;
        if (isOn !== recoveryOf(table).isOn) recoveries.set(table, { isOn, since: tables.now() });
        return answerOf(description(seen(recoveryOf(table), settings, tables.now())));
      }
      default:
        return send(call);
    }
  };
};

/**
 * Refuses calls on a table that is being deleted: clients have met this error while DescribeTable still answered.
 * [DescribeContinuousBackups]
 */
const throwIfDeleting = (tables: TableStates, table: string): void => {
  if (tables.of(table)?.status === 'DELETING') throw tableNotFound(table);
};

const throwIfTooEarly = ({ backupsEnabledMs }: Settings, tables: TableStates, table: string): void => {
  const activeSince = tables.activeSince(table) ?? Number.NEGATIVE_INFINITY;
  if (tables.now() < activeSince + backupsEnabledMs)
    throw new ServiceException(
      'ContinuousBackupsUnavailableException',
      `Backups are being enabled for the table: ${table}. Please retry later`,
    );
};

/**
 * Returns the status that is shown. After recovery was turned on, it is first DISABLED, then ENABLING, which clients have
 * met although the SDK's model does not list it.
 */
const seen = ({ isOn, since }: Recovery, { recoveryVisibleMs }: Settings, now: number): string => {
  if (!isOn) return 'DISABLED';
  if (now - since >= recoveryVisibleMs) return 'ENABLED';
  return now - since >= recoveryVisibleMs / 2 ? 'ENABLING' : 'DISABLED';
};

/** Describes recovery. Continuous backups themselves are shown as on from a table's creation. [DescribeContinuousBackups] */
const description = (recovery: string): object => {
  const now = Date.now() / 1_000;
  return {
    ContinuousBackupsDescription: {
      ContinuousBackupsStatus: 'ENABLED',
      PointInTimeRecoveryDescription: {
        PointInTimeRecoveryStatus: recovery,
        ...(recovery === 'ENABLED'
          ? { RecoveryPeriodInDays: 35, EarliestRestorableDateTime: now, LatestRestorableDateTime: now }
          : {}),
      },
    },
  };
};
