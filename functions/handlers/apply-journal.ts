import { StageInput, stage } from '../aws/stage.ts';
import { applyAfterCopy } from '../migration/apply/apply-after-copy.ts';

export const handler = stage(StageInput, (ports, migration, _, slice) =>
  applyAfterCopy(ports, migration, slice),
);
