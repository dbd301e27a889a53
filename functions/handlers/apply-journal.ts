import { forwardStep, StepInput } from '../aws/step.ts';
import { applyJournal } from '../migration/copy/apply-journal.ts';

export const handler = forwardStep(StepInput, (ports, migration, _, slice) =>
  applyJournal(ports, migration, slice),
);
