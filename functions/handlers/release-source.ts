import { StageInput, stage } from '../aws/stage.ts';
import { releaseSource } from '../migration/clean-up/release-source.ts';

export const handler = stage(StageInput, releaseSource);
