import { forwardStep, StepInput } from '../aws/step.ts';
import { catchUp } from '../migration/cutover/catch-up.ts';

export const handler = forwardStep(StepInput, (ports, migration, _, slice) =>
  catchUp(ports, migration, 'forward', slice),
);
