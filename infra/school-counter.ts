import { Construct } from 'constructs';
import type { ConstructInputs } from './construct-inputs.ts';
import { grantStreamReads } from './reading-streams.ts';

/** Counts the schools of tenants whose schools have changed, and requests moves. */
export class SchoolCounter extends Construct {
  constructor(
    scope: Construct,
    id: string,
    given: Pick<ConstructInputs, 'settings' | 'keys' | 'machines' | 'tables' | 'deadLetters'>,
  ) {
    super(scope, id);
    const counter = given.machines.startingFunction(this, 'CountSchools');
    grantStreamReads(this, 'CountSchools', { ...given, function: counter });
  }
}
