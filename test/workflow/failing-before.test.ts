import { testFailingStates } from './failing-states.ts';

testFailingStates('before', 'enterprise');
