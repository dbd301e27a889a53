import { forwardStep, StepInput } from '../aws/step.ts';
import { closeReport } from '../migration/clean-up/close-report.ts';

export const handler = forwardStep(StepInput, closeReport);
