import { forwardStep, StepInput } from '../aws/step.ts';
import { checkIndexes } from '../migration/indexes/check-indexes.ts';

export const handler = forwardStep(StepInput, (ports, migration, _, slice) =>
  checkIndexes(ports, migration, slice),
);
