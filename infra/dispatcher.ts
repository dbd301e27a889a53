import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Settings } from '../functions/migration/settings.ts';
import { eventTarget } from './event-target.ts';
import type { StateMachines } from './state-machines.ts';
import type { TableKeys } from './table-access.ts';

/** A migration that flips leaves its place to another, which no event tells. */
const EVERY = Duration.minutes(1);

/** How often the sweep looks whether it is due or goes on. */
const SWEEP_EVERY = Duration.minutes(5);

/** Lets migrations go ahead: on a schedule, and when an execution has ended. Sweeps, on a schedule. */
export class Dispatcher extends Construct {
  constructor(
    scope: Construct,
    id: string,
    given: {
      readonly settings: Settings;
      readonly keys: TableKeys;
      readonly machines: StateMachines;
      readonly missed: IQueue;
    },
  ) {
    super(scope, id);
    const { settings, keys, machines, missed } = given;
    const target = eventTarget(machines.startingFunction(this, 'AdmitQueued', settings, keys), missed);
    new Rule(this, 'Schedule', { schedule: Schedule.rate(EVERY), targets: [target] });
    new Rule(this, 'ExecutionEnded', {
      // [Step Functions, EventBridge events for execution status changes]
      eventPattern: {
        source: ['aws.states'],
        detailType: ['Step Functions Execution Status Change'],
        detail: {
          stateMachineArn: [machines.migration.stateMachineArn],
          status: ['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'],
        },
      },
      targets: [target],
    });
    const sweeping = machines.startingFunction(this, 'SweepTenants', settings, keys);
    new Rule(this, 'SweepSchedule', {
      schedule: Schedule.rate(SWEEP_EVERY),
      targets: [eventTarget(sweeping, missed)],
    });
  }
}
