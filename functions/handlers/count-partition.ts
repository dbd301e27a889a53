import { forwardStep, StepInput } from '../aws/step.ts';
import { countPartition } from '../migration/plan/count-partition.ts';

export const handler = forwardStep(StepInput, (ports, migration, _input, slice) =>
  countPartition(ports, migration, slice),
);
