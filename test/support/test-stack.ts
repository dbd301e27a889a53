import { type Stack, type StackOptions, startStack } from '../../scripts/local/stack.ts';
import { testDatabase } from './test-database.ts';

/** An embedded stack with a database of its own. The engine is the run's; stopping the stack leaves it running. */
export const startTestStack = (options: StackOptions = {}): Promise<Stack> =>
  startStack({ ...testDatabase(), ...options });
