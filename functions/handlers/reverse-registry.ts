import { rollbackStep, StepInput } from '../aws/step.ts';
import { reverseRegistry } from '../migration/rollback/reverse-registry.ts';

export const handler = rollbackStep(StepInput, reverseRegistry);
