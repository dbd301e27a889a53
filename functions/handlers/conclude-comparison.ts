import { forwardStep, StepInput } from '../aws/step.ts';
import { skipIfTableGone } from '../migration/clean-up/table-gone.ts';
import { concludeComparison } from '../migration/verify/conclude-comparison.ts';

export const handler = forwardStep(StepInput, (ports, migration) =>
  skipIfTableGone(
    ports,
    migration,
    'source',
    () => concludeComparison(ports, migration),
    () => undefined,
  ),
);
