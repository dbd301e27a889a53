import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Settings } from '../functions/migration/settings.ts';
import type { StateMachines } from './state-machines.ts';
import type { TableKeys } from './table-access.ts';

/** What the parts of a deployment are made with; each takes what it needs of it. */
export interface Parts {
  readonly settings: Settings;
  readonly keys: TableKeys;
  readonly machines: StateMachines;
  /** Tier tables that are there from the start. */
  readonly tables: readonly ITable[];
  /** Our migrations table. */
  readonly migrations: ITable;
  /** Where what was given up waits for a person. */
  readonly missed: IQueue;
}
