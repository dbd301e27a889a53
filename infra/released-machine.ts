import { RemovalPolicy } from 'aws-cdk-lib';
import {
  CfnStateMachineAlias,
  CfnStateMachineVersion,
  type StateMachine,
} from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';

/** What callers start. */
const ALIAS = 'live';

/**
 * The state machine as it is now, under a number that stays, and the name that points to it. Old numbers stay too, and
 * executions that began with them go on as they began. [Step Functions developer guide, Versions and aliases]
 */
export class ReleasedMachine extends Construct {
  /** ARN of this version: what another machine's definition names, so that both are of one release. */
  readonly versionArn: string;
  /** ARN of the alias. */
  readonly aliasArn: string;

  constructor(scope: Construct, id: string, machine: StateMachine) {
    super(scope, id);
    const version = new CfnStateMachineVersion(this, 'Version', {
      stateMachineArn: machine.stateMachineArn,
      stateMachineRevisionId: machine.stateMachineRevisionId,
    });
    version.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
    this.versionArn = version.attrArn;
    const alias = new CfnStateMachineAlias(this, 'Alias', {
      name: ALIAS,
      routingConfiguration: [{ stateMachineVersionArn: version.attrArn, weight: 100 }],
    });
    this.aliasArn = alias.attrArn;
  }
}
