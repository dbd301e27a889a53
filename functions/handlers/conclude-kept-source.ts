import { forwardStep, StepInput } from '../aws/step.ts';
import { concludeKeptSource } from '../migration/clean-up/conclude-kept-source.ts';
import { concludeWithoutSource, skipIfTableGone } from '../migration/clean-up/table-gone.ts';

export const handler = forwardStep(StepInput, (ports, migration) =>
  skipIfTableGone(
    ports,
    migration,
    'source',
    () => concludeKeptSource(ports, migration),
    () => concludeWithoutSource(ports, migration),
  ),
);
