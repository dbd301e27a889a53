import { Construct } from 'constructs';
import type { Parts } from './parts.ts';
import { readStreams } from './reading-streams.ts';

/** Counts the schools of tenants whose schools have changed, and requests moves. */
export class SchoolCounter extends Construct {
  constructor(
    scope: Construct,
    id: string,
    given: Pick<Parts, 'settings' | 'keys' | 'machines' | 'tables' | 'missed'>,
  ) {
    super(scope, id);
    const counting = given.machines.startingFunction(this, 'CountSchools');
    readStreams(this, 'CountSchools', { ...given, function: counting });
  }
}
