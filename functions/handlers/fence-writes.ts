import { StageInput, stage } from '../aws/stage.ts';
import { fenceWrites } from '../migration/routing/fence-writes.ts';

export const handler = stage(StageInput, fenceWrites);
