import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Settings } from '../functions/migration/settings.ts';
import { readStreams } from './reading-streams.ts';
import { StageFunction } from './stage-function.ts';
import type { TableKeys } from './table-access.ts';

/** The function that journals changes, and what it reads: the stream of every tier table. */
export class Capture extends Construct {
  readonly function: IFunction;

  constructor(
    scope: Construct,
    id: string,
    given: {
      readonly settings: Settings;
      readonly keys: TableKeys;
      readonly tables: readonly ITable[];
      readonly missed: IQueue;
    },
  ) {
    super(scope, id);
    this.function = new StageFunction(this, 'CaptureChanges', given.settings, given.keys).function;
    readStreams(this, 'CaptureChanges', { ...given, function: this.function });
  }
}
