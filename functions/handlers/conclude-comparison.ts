import { StageInput, stage } from '../aws/stage.ts';
import { unlessGone } from '../migration/clean-up/table-gone.ts';
import { concludeComparison } from '../migration/verify/conclude-comparison.ts';

export const handler = stage(StageInput, (ports, migration) =>
  unlessGone(
    ports,
    migration,
    'source',
    () => concludeComparison(ports, migration),
    () => undefined,
  ),
);
