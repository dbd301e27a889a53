import { rollbackStep, StepInput } from '../aws/step.ts';
import { reopenWrites } from '../migration/rollback/reopen-writes.ts';

export const handler = rollbackStep(StepInput, reopenWrites);
