import { forwardStep, StepInput } from '../aws/step.ts';
import { confirmRegistry } from '../migration/registry/confirm-registry.ts';

export const handler = forwardStep(StepInput, confirmRegistry);
