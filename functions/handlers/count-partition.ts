import { StageInput, stage } from '../aws/stage.ts';
import { countPartition } from '../migration/plan/count-partition.ts';

export const handler = stage(StageInput, (ports, migration, _input, slice) =>
  countPartition(ports, migration, slice),
);
