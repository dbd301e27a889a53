import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Settings } from '../functions/migration/settings/settings.ts';
import type { StateMachines } from './state-machines.ts';
import type { TableKeys } from './table-access.ts';

/** Inputs of the constructs of a deployment; each uses some of them. */
export interface ConstructInputs {
  readonly settings: Settings;
  readonly keys: TableKeys;
  /** Log group of all functions except capture. */
  readonly log: ILogGroup;
  readonly machines: StateMachines;
  /** Tier tables that exist from the start. */
  readonly tables: readonly ITable[];
  /** The migrations table. */
  readonly migrations: ITable;
  /** The dead-letter queue. */
  readonly deadLetters: IQueue;
}
