import { StageInput, stage } from '../aws/stage.ts';
import { checkHold } from '../migration/clean-up/check-hold.ts';

export const handler = stage(StageInput, checkHold);
