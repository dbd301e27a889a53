import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { Parts } from './parts.ts';
import { readStreams } from './reading-streams.ts';
import { StageFunction } from './stage-function.ts';

/** The function that journals changes, with permission to read the stream of every tier table. */
export class Capture extends Construct {
  readonly function: IFunction;

  constructor(scope: Construct, id: string, given: Pick<Parts, 'settings' | 'keys' | 'tables' | 'missed'>) {
    super(scope, id);
    this.function = new StageFunction(this, 'CaptureChanges', given.settings, given.keys).function;
    readStreams(this, 'CaptureChanges', { ...given, function: this.function });
  }
}
