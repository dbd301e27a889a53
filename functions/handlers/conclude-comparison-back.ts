import { StageInput, wayOut } from '../aws/stage.ts';
import { concludeWithoutTarget, unlessGone } from '../migration/clean-up/table-gone.ts';
import { concludeComparisonBack } from '../migration/rollback/conclude-comparison-back.ts';

export const handler = wayOut(StageInput, (ports, migration) =>
  unlessGone(
    ports,
    migration,
    'target',
    () => concludeComparisonBack(ports, migration),
    () => concludeWithoutTarget(ports, migration),
  ),
);
