import { forwardStep, StepInput } from '../aws/step.ts';
import { createTargetTable } from '../migration/provision/create-target-table.ts';

export const handler = forwardStep(StepInput, createTargetTable);
