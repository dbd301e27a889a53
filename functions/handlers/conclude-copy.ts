import { forwardStep, StepInput } from '../aws/step.ts';
import { concludeCopy } from '../migration/copy/conclude-copy.ts';

export const handler = forwardStep(StepInput, concludeCopy);
