import { rollbackStep, StepInput } from '../aws/step.ts';
import { undoRegistry } from '../migration/rollback/undo-registry.ts';

export const handler = rollbackStep(StepInput, undoRegistry);
