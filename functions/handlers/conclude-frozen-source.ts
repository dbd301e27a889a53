import { StageInput, stage } from '../aws/stage.ts';
import { concludeFrozenSource } from '../migration/clean-up/conclude-frozen-source.ts';

export const handler = stage(StageInput, concludeFrozenSource);
