import { rollbackStep, StepInput } from '../aws/step.ts';
import { closeRollback } from '../migration/rollback/close-rollback.ts';

export const handler = rollbackStep(StepInput, closeRollback);
