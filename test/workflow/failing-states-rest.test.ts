import { testFailingStates } from './failing-states.ts';

testFailingStates('before', 'enterprise', 'from the second');
testFailingStates('after', 'advanced', 'from the first');
