import { forwardStep, StepInput } from '../aws/step.ts';
import { checkHold, overUnlessPaused } from '../migration/clean-up/check-hold.ts';
import { skipIfTableGone } from '../migration/clean-up/table-gone.ts';

export const handler = forwardStep(StepInput, (ports, migration) =>
  skipIfTableGone(
    ports,
    migration,
    'source',
    () => checkHold(ports, migration),
    () => overUnlessPaused(ports, migration),
  ),
);
