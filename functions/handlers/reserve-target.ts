import { forwardStep, StepInput } from '../aws/step.ts';
import { reserveTarget } from '../migration/provision/reserve-target.ts';

export const handler = forwardStep(StepInput, reserveTarget);
