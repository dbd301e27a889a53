import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { Construct } from 'constructs';
import { eventTarget } from './event-target.ts';
import type { Parts } from './parts.ts';

/** A migration that flips leaves its place to another, which no event tells. */
const EVERY = Duration.minutes(1);

/** How often the sweep looks whether it is due or goes on. */
const SWEEP_EVERY = Duration.minutes(5);

/**
 * Lets migrations go ahead: on a schedule, and when an execution has ended. Counts executions that failed. Sweeps, on a
 * schedule.
 */
export class Dispatcher extends Construct {
  constructor(scope: Construct, id: string, given: Pick<Parts, 'settings' | 'keys' | 'machines' | 'missed'>) {
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
    new Rule(this, 'ExecutionFailed', {
      eventPattern: {
        source: ['aws.states'],
        detailType: ['Step Functions Execution Status Change'],
        detail: {
          stateMachineArn: [machines.rollBack.stateMachineArn, machines.watchdog.stateMachineArn],
          status: ['FAILED', 'TIMED_OUT', 'ABORTED'],
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
