import { forwardStep, StepInput } from '../aws/step.ts';
import { dropSourceTable } from '../migration/clean-up/drop-source-table.ts';

export const handler = forwardStep(StepInput, dropSourceTable);
