import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Settings } from '../functions/migration/settings.ts';
import { readStreams } from './reading-streams.ts';
import type { StateMachines } from './state-machines.ts';
import type { TableKeys } from './table-access.ts';

/** Counts the schools of who got or lost some, and asks for moves. */
export class SchoolCounter extends Construct {
  constructor(
    scope: Construct,
    id: string,
    given: {
      readonly settings: Settings;
      readonly keys: TableKeys;
      readonly machines: StateMachines;
      readonly tables: readonly ITable[];
      readonly missed: IQueue;
    },
  ) {
    super(scope, id);
    const counting = given.machines.startingFunction(this, 'CountSchools', given.settings, given.keys);
    readStreams(this, 'CountSchools', { ...given, function: counting });
  }
}
