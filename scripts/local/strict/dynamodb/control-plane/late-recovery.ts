import { answerOf, isDone, type Rule, recordIn, tableIn } from '../call.ts';
import type { DynamoDbSettings } from '../dynamodb-settings.ts';
import { Refusal, tableNotFound } from '../refusal.ts';
import { existingTable } from './existing-table.ts';
import type { TableStates } from './table-states.ts';

type Settings = Pick<DynamoDbSettings, 'backupsEnabledMs' | 'recoveryVisibleMs'>;

interface Recovery {
  readonly isOn: boolean;
  readonly since: number;
}

/**
 * Recovery comes late: a new table has no backups yet, and recovery that was turned on reads as off for a while. Tables that
 * were there before the layer have it. [UpdateContinuousBackups, DescribeContinuousBackups]
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
        // refused for another reason by the rule of backups
        if (tables.of(table)?.status === 'CREATING') return send(call);
        throwIfTooEarly(settings, tables, table);
        return send(call);
      case 'DescribeContinuousBackups':
        await existingTable(table, send);
        throwIfGoing(tables, table);
        return answerOf(description(seen(recoveryOf(table), settings, tables.now())));
      case 'UpdateContinuousBackups': {
        await existingTable(table, send);
        throwIfGoing(tables, table);
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

/** Backups are gone before their table is; clients have met the error while DescribeTable still answered. [DescribeContinuousBackups] */
const throwIfGoing = (tables: TableStates, table: string): void => {
  if (tables.of(table)?.status === 'DELETING') throw tableNotFound(table);
};

const throwIfTooEarly = ({ backupsEnabledMs }: Settings, tables: TableStates, table: string): void => {
  const activeSince = tables.activeSince(table) ?? Number.NEGATIVE_INFINITY;
  if (tables.now() < activeSince + backupsEnabledMs)
    throw new Refusal(
      'ContinuousBackupsUnavailableException',
      `Backups are being enabled for the table: ${table}. Please retry later`,
    );
};

/** What was turned on reads first as it was, then as ENABLING, which the SDK's model does not list and clients have met. */
const seen = ({ isOn, since }: Recovery, { recoveryVisibleMs }: Settings, now: number): string => {
  if (!isOn) return 'DISABLED';
  if (now - since >= recoveryVisibleMs) return 'ENABLED';
  return now - since >= recoveryVisibleMs / 2 ? 'ENABLING' : 'DISABLED';
};

/** Continuous backups themselves read as on from a table's creation. [DescribeContinuousBackups] */
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
