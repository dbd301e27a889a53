import { StageInput, wayOut } from '../aws/stage.ts';
import { discardTarget } from '../migration/rollback/discard-target.ts';

export const handler = wayOut(StageInput, (ports, migration, _input, slice) =>
  discardTarget(ports, migration, slice),
);
