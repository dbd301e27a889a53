import { rollbackStep, StepInput } from '../aws/step.ts';
import { discardTarget } from '../migration/rollback/discard-target.ts';

export const handler = rollbackStep(StepInput, (ports, migration, _input, slice) =>
  discardTarget(ports, migration, slice),
);
