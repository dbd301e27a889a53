import { StageInput, stage } from '../aws/stage.ts';
import { claimTargetPartition } from '../migration/provision/claim-target-partition.ts';

export const handler = stage(StageInput, claimTargetPartition);
