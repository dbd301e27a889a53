import { rollbackStep, StepInput } from '../aws/step.ts';
import { dropCreatedTable } from '../migration/rollback/drop-created-table.ts';

export const handler = rollbackStep(StepInput, dropCreatedTable);
