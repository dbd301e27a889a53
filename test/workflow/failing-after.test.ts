import { testFailingStates } from './failing-states.ts';

testFailingStates('after', 'advanced', 'from the second');
