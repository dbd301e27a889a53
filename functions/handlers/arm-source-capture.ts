import { forwardStep, StepInput } from '../aws/step.ts';
import { armSourceCapture } from '../migration/journal/arm-source-capture.ts';

export const handler = forwardStep(StepInput, armSourceCapture);
