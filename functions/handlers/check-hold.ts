import { StageInput, stage } from '../aws/stage.ts';
import { checkHold, unlessPaused } from '../migration/clean-up/check-hold.ts';
import { unlessGone } from '../migration/clean-up/table-gone.ts';

export const handler = stage(StageInput, (ports, migration) =>
  unlessGone(
    ports,
    migration,
    'source',
    () => checkHold(ports, migration),
    () => unlessPaused(ports, migration),
  ),
);
