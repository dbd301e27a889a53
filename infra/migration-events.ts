import { Table } from 'aws-cdk-lib/aws-dynamodb';
import { EventBus, Rule } from 'aws-cdk-lib/aws-events';
import { FilterCriteria, FilterRule, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource, SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Construct } from 'constructs';
import { EVENT } from '../functions/aws/control-tables.ts';
import { REQUEST_DETAIL_TYPE } from '../functions/aws/move-request.ts';
import type { ConstructInputs } from './construct-inputs.ts';
import { eventTarget } from './event-target.ts';
import { HandlerFunction } from './handler-function.ts';
import { useOfKey } from './table-access.ts';

const BATCH = 100;
const TRIES = 10;

/**
 * Publishes events on the account's bus, and accepts requests from it. Records of events are written in the transactions of
 * the changes, so that no event is lost.
 */
export class MigrationEvents extends Construct {
  constructor(
    scope: Construct,
    id: string,
    given: Pick<ConstructInputs, 'settings' | 'keys' | 'log' | 'machines' | 'migrations' | 'deadLetters'>,
  ) {
    super(scope, id);
    const { settings, keys, machines, migrations, deadLetters } = given;
    const bus = EventBus.fromEventBusName(this, 'Bus', 'default');
    const { function: publishing } = new HandlerFunction(this, 'PublishEvents', given, {
      TIERFERRY_EVENT_BUS: bus.eventBusName,
    });
    bus.grantPutEventsTo(publishing);
    // imported without its key, on which CDK would grant too much
    const { tableArn, tableStreamArn = '' } = migrations;
    const source = Table.fromTableAttributes(this, 'Migrations', { tableArn, tableStreamArn });
    publishing.addToRolePolicy(useOfKey(this, keys.control, ['kms:Decrypt']));
    publishing.addEventSource(
      new DynamoEventSource(source, {
        startingPosition: StartingPosition.TRIM_HORIZON,
        batchSize: BATCH,
        bisectBatchOnError: true,
        reportBatchItemFailures: true,
        retryAttempts: TRIES,
        onFailure: new SqsDlq(deadLetters),
        filters: [
          FilterCriteria.filter({
            eventName: FilterRule.isEqual('INSERT'),
            dynamodb: { Keys: { part: { S: FilterRule.beginsWith(EVENT) } } },
          }),
        ],
      }),
    );
    new Rule(this, 'MoveRequested', {
      // leaves out requests that name another deployment
      eventPattern: {
        detailType: [REQUEST_DETAIL_TYPE],
        detail: { deployment: [settings.prefix, { exists: false }] },
      },
      targets: [eventTarget(machines.startingFunction(this, 'RequestMove'), deadLetters)],
    });
  }
}
