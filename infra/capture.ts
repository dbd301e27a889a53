import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { ConstructInputs } from './construct-inputs.ts';
import { HandlerFunction } from './handler-function.ts';
import { functionLog } from './logs.ts';
import { grantStreamReads } from './reading-streams.ts';

/** The function that journals changes, with permission to read the stream of every tier table. */
export class Capture extends Construct {
  readonly function: IFunction;

  constructor(
    scope: Construct,
    id: string,
    given: Pick<ConstructInputs, 'settings' | 'keys' | 'tables' | 'deadLetters'>,
  ) {
    super(scope, id);
    // has its own log: it is called for every write of every tenant, and every query of the other functions' log would read its lines
    const log = functionLog(this, 'Log', given.settings, 'capture');
    this.function = new HandlerFunction(this, 'CaptureChanges', { ...given, log }).function;
    grantStreamReads(this, 'CaptureChanges', { ...given, function: this.function });
  }
}
