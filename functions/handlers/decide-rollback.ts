import { rollbackStep, StepInput } from '../aws/step.ts';
import { decideRollback } from '../migration/rollback/decide-rollback.ts';

export const handler = rollbackStep(StepInput, decideRollback);
