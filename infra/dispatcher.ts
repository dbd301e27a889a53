import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { Construct } from 'constructs';
import type { ConstructInputs } from './construct-inputs.ts';
import { eventTarget } from './event-target.ts';

/** Interval of the dispatcher. A flip lets another migration start, and causes no event here. */
const DISPATCH_INTERVAL = Duration.minutes(1);

/** Interval at which the sweep checks whether it is due or has to continue. */
const SWEEP_INTERVAL = Duration.minutes(5);

/**
 * Admits queued migrations, on a schedule and when an execution has ended. Counts failed executions. Runs the sweep on a
 * schedule.
 */
export class Dispatcher extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { machines, deadLetters }: Pick<ConstructInputs, 'machines' | 'deadLetters'>,
  ) {
    super(scope, id);
    const target = eventTarget(machines.startingFunction(this, 'AdmitQueued'), deadLetters);
    new Rule(this, 'Schedule', { schedule: Schedule.rate(DISPATCH_INTERVAL), targets: [target] });
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
          stateMachineArn: [machines.rollback.stateMachineArn, machines.watchdog.stateMachineArn],
          status: ['FAILED', 'TIMED_OUT', 'ABORTED'],
        },
      },
      targets: [target],
    });
    const sweepFunction = machines.startingFunction(this, 'SweepTenants');
    new Rule(this, 'SweepSchedule', {
      schedule: Schedule.rate(SWEEP_INTERVAL),
      targets: [eventTarget(sweepFunction, deadLetters)],
    });
  }
}
