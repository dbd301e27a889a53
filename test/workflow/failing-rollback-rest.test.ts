import { testFailingRollback } from './failing-rollback-states.ts';

testFailingRollback('from the second');
