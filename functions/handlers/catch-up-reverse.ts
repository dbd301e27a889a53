import { rollbackStep, StepInput } from '../aws/step.ts';
import { stopIfTableGone } from '../migration/clean-up/table-gone.ts';
import { catchUp } from '../migration/cutover/catch-up.ts';

export const handler = rollbackStep(StepInput, (ports, migration, _, slice) =>
  stopIfTableGone(ports, migration, 'source', () => catchUp(ports, migration, 'reverse', slice)),
);
