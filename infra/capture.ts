import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { functionLog } from './logs.ts';
import type { Parts } from './parts.ts';
import { readStreams } from './reading-streams.ts';
import { StageFunction } from './stage-function.ts';

/** The function that journals changes, with permission to read the stream of every tier table. */
export class Capture extends Construct {
  readonly function: IFunction;

  constructor(scope: Construct, id: string, given: Pick<Parts, 'settings' | 'keys' | 'tables' | 'missed'>) {
    super(scope, id);
    // has its own log: it is called for every write of every tenant, and every query of the other functions' log would read its lines
    const log = functionLog(this, 'Log', given.settings, 'capture');
    this.function = new StageFunction(this, 'CaptureChanges', { ...given, log }).function;
    readStreams(this, 'CaptureChanges', { ...given, function: this.function });
  }
}
