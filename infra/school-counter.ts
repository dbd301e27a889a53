import { Duration } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { FilterCriteria, FilterRule, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource, SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Construct } from 'constructs';
import type { Settings } from '../functions/migration/settings.ts';
import { missedQueue } from './missed.ts';
import type { StateMachines } from './state-machines.ts';
import type { TableKeys } from './table-access.ts';

const BATCH = 100;
/** A burst of schools is counted once. */
const WINDOW = Duration.seconds(5);
const TRIES = 5;

/**
 * Counts the schools of who got or lost some, and asks for moves. What its mappings tell are hints, so they are given up
 * after some tries; a sweep finds what was missed. Lambda's two readers a shard are this one and capture.
 * [DynamoDB Streams, Reading and processing: no more than two]
 */
export class SchoolCounter extends Construct {
  constructor(
    scope: Construct,
    id: string,
    given: {
      readonly settings: Settings;
      readonly keys: TableKeys;
      readonly machines: StateMachines;
      readonly tables: readonly ITable[];
    },
  ) {
    super(scope, id);
    const { settings, keys, machines, tables } = given;
    const counting = machines.startingFunction(this, 'CountSchools', settings, keys);
    const missed = missedQueue(this);
    for (const table of tables) {
      counting.addEventSource(
        new DynamoEventSource(table, {
          startingPosition: StartingPosition.LATEST,
          batchSize: BATCH,
          maxBatchingWindow: WINDOW,
          bisectBatchOnError: true,
          reportBatchItemFailures: true,
          retryAttempts: TRIES,
          onFailure: new SqsDlq(missed),
          filters: [
            FilterCriteria.filter({
              eventName: FilterRule.or('INSERT', 'REMOVE'),
              dynamodb: { Keys: { entityKey: { S: FilterRule.beginsWith('SCHOOL#') } } },
            }),
          ],
        }),
      );
    }
  }
}
