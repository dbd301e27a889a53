import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Construct } from 'constructs';
import type { Settings } from '../functions/migration/settings.ts';
import { StageFunction } from './stage-function.ts';
import type { TableKeys } from './table-access.ts';

/** Records that Lambda hands over at once: their keys take a few calls to read routes by and to journal. */
const BATCH = 500;

/**
 * The stream handler, and a mapping for each tier table. A record is retried until the stream forgets it (24 hours) and
 * never given up before: a change that was skipped would be lost, while one that waits only holds the cutover up.
 */
export class Capture extends Construct {
  constructor(scope: Construct, id: string, settings: Settings, keys: TableKeys, tables: readonly ITable[]) {
    super(scope, id);
    const { function: capture } = new StageFunction(this, 'CaptureChanges', settings, keys);
    for (const table of tables) {
      capture.addEventSource(
        new DynamoEventSource(table, {
          // a mapping takes minutes to begin: nothing of them may be missed
          startingPosition: StartingPosition.TRIM_HORIZON,
          batchSize: BATCH,
          bisectBatchOnError: true,
          reportBatchItemFailures: true,
          // with more, a sentinel could overtake the changes before it
          parallelizationFactor: 1,
        }),
      );
    }
  }
}
