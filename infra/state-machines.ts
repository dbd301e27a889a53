import { ArnFormat, Aws, Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { DefinitionBody, LogLevel, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { functionStates, type MachineName, PARTITION_PLACEHOLDER } from '../state-machines/machines.ts';
import { definitionFile } from './definition-file.ts';
import { type FunctionParts, HandlerFunction } from './handler-function.ts';
import { machineLog } from './logs.ts';
import { ReleasedMachine } from './released-machine.ts';
import { permissionsOf } from './step-permissions.ts';

/** A function or machine that a definition calls: the version of this release, and the ARN for a permission on all versions. */
interface Callee {
  readonly arn: string;
  readonly versionArn: string;
}

const calleeOf = ({ stateMachineArn: arn }: StateMachine, { versionArn }: ReleasedMachine): Callee => ({
  arn,
  versionArn,
});

interface StateMachinesParts extends FunctionParts {
  readonly deadLetters: IQueue;
}

/** The state machines, from their ASL, with the functions of their states. */
export class StateMachines extends Construct {
  readonly migration: StateMachine;
  readonly rollback: StateMachine;
  readonly watchdog: StateMachine;
  /** ARNs of the aliases that callers start: the live release. */
  readonly live: { readonly migration: string; readonly rollback: string };
  private readonly given: StateMachinesParts;

  constructor(scope: Construct, id: string, given: StateMachinesParts) {
    super(scope, id);
    this.given = given;
    const functionOf = (state: string): Callee => {
      const environment = this.readersEnvironment(state);
      const { function: called, versionArn } = new HandlerFunction(this, state, given, environment);
      return { arn: called.functionArn, versionArn };
    };
    const functionsOf = (machine: MachineName): Record<string, Callee> =>
      Object.fromEntries(functionStates(machine).map((state) => [state, functionOf(state)]));
    this.watchdog = this.machine('fence-watchdog', functionsOf('fence-watchdog'));
    const watchdog = calleeOf(
      this.watchdog,
      new ReleasedMachine(this, 'fence-watchdog-release', this.watchdog),
    );
    this.rollback = this.machine('rollback', functionsOf('rollback'), {
      FenceWatchdogStateMachine: watchdog,
    });
    const rollback = new ReleasedMachine(this, 'rollback-release', this.rollback);
    this.migration = this.machine('tier-migration', functionsOf('tier-migration'), {
      RollbackStateMachine: calleeOf(this.rollback, rollback),
      FenceWatchdogStateMachine: watchdog,
    });
    const migration = new ReleasedMachine(this, 'tier-migration-release', this.migration);
    this.live = { migration: migration.aliasArn, rollback: rollback.aliasArn };
  }

  /** Creates a function that may start migrations: it starts and describes executions. */
  startingFunction(
    scope: Construct,
    name: string,
    environment: Readonly<Record<string, string>> = {},
  ): LambdaFunction {
    const { settings } = this.given;
    const { function: starting } = new HandlerFunction(scope, name, this.given, {
      TIERFERRY_STATE_MACHINE_ARN: this.live.migration,
      TIERFERRY_ROLLBACK_STATE_MACHINE_ARN: this.live.rollback,
      ...this.readersEnvironment(name),
      ...environment,
    });
    this.migration.grantStartExecution(starting);
    for (const machine of ['tier-migration', 'rollback']) {
      starting.addToRolePolicy(
        new PolicyStatement({
          actions: ['states:DescribeExecution'],
          resources: [this.statesArn('execution', `${settings.prefix}-${machine}:*`)],
        }),
      );
    }
    return starting;
  }

  /** Environment that tells a function that Lambda reads the streams. */
  private readersEnvironment(state: string): Readonly<Record<string, string>> {
    return permissionsOf(state).streamReaders ? { TIERFERRY_STREAMS: 'mapped' } : {};
  }

  private machine(
    name: MachineName,
    functions: Readonly<Record<string, Callee>>,
    starts: Readonly<Record<string, Callee>> = {},
  ): StateMachine {
    const { prefix } = this.given.settings;
    // the name is fixed, so that a role can name the machine's executions before the machine exists
    const machineName = `${prefix}-${name}`;
    const role = new Role(this, `${name}-role`, { assumedBy: new ServicePrincipal('states.amazonaws.com') });
    role.addToPolicy(
      new PolicyStatement({
        actions: ['lambda:InvokeFunction'],
        // all versions: running executions call those of an earlier deployment
        resources: Object.values(functions).map(({ arn }) => `${arn}:*`),
      }),
    );
    // without the version, which IAM ignores [Step Functions developer guide, Authorization for versions and aliases]
    const started = Object.values(starts).map(({ arn }) => arn);
    if (started.length > 0) {
      role.addToPolicy(new PolicyStatement({ actions: ['states:StartExecution'], resources: started }));
    }
    if (name !== 'fence-watchdog') this.grantDistributedMap(role, machineName);
    if (name === 'tier-migration') {
      this.grantWait(role, `${prefix}-rollback`);
    }
    return new StateMachine(this, name, {
      stateMachineName: machineName,
      definitionBody: DefinitionBody.fromFile(definitionFile(name)),
      definitionSubstitutions: {
        ...Object.fromEntries(
          Object.entries({ ...functions, ...starts }).map(([placeholder, { versionArn }]) => [
            placeholder,
            versionArn,
          ]),
        ),
        [PARTITION_PLACEHOLDER]: Aws.PARTITION,
      },
      role,
      tracingEnabled: true,
      // without the data of states: it is ids and numbers that are also in the migration's records
      logs: {
        destination: machineLog(this, `${name}-log`, machineName),
        level: LogLevel.ALL,
        includeExecutionData: false,
      },
    });
  }

  /**
   * Lets a machine run the items of a distributed Map, each as an execution of the same machine. [IAM policies for using
   * Distributed Map]
   */
  private grantDistributedMap(role: Role, machineName: string): void {
    role.addToPolicy(
      new PolicyStatement({
        actions: ['states:StartExecution'],
        resources: [this.statesArn('stateMachine', machineName)],
      }),
    );
    role.addToPolicy(
      new PolicyStatement({
        actions: ['states:DescribeExecution', 'states:StopExecution', 'states:RedriveExecution'],
        // child executions of a Map are `execution:machine/label:id`
        resources: [
          this.statesArn('execution', `${machineName}:*`),
          this.statesArn('execution', `${machineName}/*`),
        ],
      }),
    );
  }

  /**
   * Lets a machine wait with `startExecution.sync`, by a rule that Step Functions keeps in the account. [IAM policies for
   * nested executions]
   */
  private grantWait(role: Role, machineName: string): void {
    role.addToPolicy(
      new PolicyStatement({
        actions: ['states:DescribeExecution', 'states:StopExecution'],
        resources: [this.statesArn('execution', `${machineName}:*`)],
      }),
    );
    role.addToPolicy(
      new PolicyStatement({
        actions: ['events:PutTargets', 'events:PutRule', 'events:DescribeRule'],
        resources: [
          Stack.of(this).formatArn({
            service: 'events',
            resource: 'rule',
            resourceName: 'StepFunctionsGetEventsForStepFunctionsExecutionRule',
          }),
        ],
      }),
    );
  }

  private statesArn(resource: 'stateMachine' | 'execution', resourceName: string): string {
    return Stack.of(this).formatArn({
      service: 'states',
      resource,
      resourceName,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
  }
}
