import { forwardStep, StepInput } from '../aws/step.ts';
import { releaseSource } from '../migration/clean-up/release-source.ts';

export const handler = forwardStep(StepInput, releaseSource);
