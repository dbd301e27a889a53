import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { ConstructInputs } from './construct-inputs.ts';
import { keepFailedEvents } from './event-target.ts';

/**
 * Counts the schools of tenants whose schools have changed, and requests moves. Capture calls it asynchronously for each
 * batch that contains such a change.
 */
export class SchoolCounter extends Construct {
  readonly function: LambdaFunction;

  constructor(
    scope: Construct,
    id: string,
    { machines, deadLetters }: Pick<ConstructInputs, 'machines' | 'deadLetters'>,
  ) {
    super(scope, id);
    this.function = machines.startingFunction(this, 'CountSchools');
    keepFailedEvents(this.function, deadLetters);
  }

  /** Permits calls of this function, and of none of its versions. */
  callPermission(): PolicyStatement {
    return new PolicyStatement({
      actions: ['lambda:InvokeFunction'],
      resources: [this.function.functionArn],
    });
  }
}
