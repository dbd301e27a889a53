import { testFailingStates } from './failing-states.ts';

testFailingStates('before', 'enterprise', 'from the first');
