import { rollbackStep, StepInput } from '../aws/step.ts';
import { awaitWorkers } from '../migration/rollback/await-workers.ts';

export const handler = rollbackStep(StepInput, awaitWorkers);
