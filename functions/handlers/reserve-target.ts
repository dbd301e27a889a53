import { StageInput, stage } from '../aws/stage.ts';
import { reserveTarget } from '../migration/provision/reserve-target.ts';

export const handler = stage(StageInput, reserveTarget);
