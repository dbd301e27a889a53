import { rollbackStep, StepInput } from '../aws/step.ts';
import { concludeWithoutTarget, skipIfTableGone } from '../migration/clean-up/table-gone.ts';
import { concludeComparisonReverse } from '../migration/rollback/conclude-comparison-reverse.ts';

export const handler = rollbackStep(StepInput, (ports, migration) =>
  skipIfTableGone(
    ports,
    migration,
    'target',
    () => concludeComparisonReverse(ports, migration),
    () => concludeWithoutTarget(ports, migration),
  ),
);
