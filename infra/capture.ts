import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { ConstructInputs } from './construct-inputs.ts';
import { HandlerFunction } from './handler-function.ts';
import { functionLog } from './logs.ts';
import { grantStreamReads } from './reading-streams.ts';
import type { SchoolCounter } from './school-counter.ts';

/**
 * The function that journals changes, with permission to read the stream of every tier table. It calls the counter for
 * changes of schools.
 */
export class Capture extends Construct {
  readonly function: IFunction;

  constructor(
    scope: Construct,
    id: string,
    given: Pick<ConstructInputs, 'settings' | 'keys' | 'tables'> & { readonly counter: SchoolCounter },
  ) {
    super(scope, id);
    // has its own log: it is called for every write of every tenant, and every query of the other functions' log would read its lines
    const log = functionLog(this, 'Log', given.settings, 'capture');
    const { counter } = given;
    const capture = new HandlerFunction(
      this,
      'CaptureChanges',
      { ...given, log },
      { TIERFERRY_SCHOOL_COUNTER: counter.function.functionName },
    );
    this.function = capture.function;
    this.function.addToRolePolicy(counter.callPermission());
    grantStreamReads(this, { ...given, function: this.function });
  }
}
