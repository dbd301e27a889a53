import { forwardStep, StepInput } from '../aws/step.ts';
import { claimTargetPartition } from '../migration/provision/claim-target-partition.ts';

export const handler = forwardStep(StepInput, claimTargetPartition);
