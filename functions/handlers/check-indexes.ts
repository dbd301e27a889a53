import { StageInput, stage } from '../aws/stage.ts';
import { checkIndexes } from '../migration/verify/check-indexes.ts';

export const handler = stage(StageInput, (ports, migration, _, slice) =>
  checkIndexes(ports, migration, slice),
);
