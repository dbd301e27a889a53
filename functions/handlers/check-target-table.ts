import { forwardStep, StepInput } from '../aws/step.ts';
import { checkTargetTable } from '../migration/provision/check-target-table.ts';

export const handler = forwardStep(StepInput, checkTargetTable);
