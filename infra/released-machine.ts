import { RemovalPolicy } from 'aws-cdk-lib';
import {
  CfnStateMachineAlias,
  CfnStateMachineVersion,
  type StateMachine,
} from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';

/** Name of the alias that callers start. */
const ALIAS = 'live';

/**
 * A version of a state machine, and the alias that points to it. Older versions are kept, so that their executions end with
 * the definition with which they began. [Step Functions developer guide, Versions and aliases]
 */
export class ReleasedMachine extends Construct {
  /** ARN of this version, for the definitions of other machines, so that all are of one release. */
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
