import { forwardStep, StepInput } from '../aws/step.ts';
import { armTargetCapture } from '../migration/journal/arm-target-capture.ts';

export const handler = forwardStep(StepInput, armTargetCapture);
