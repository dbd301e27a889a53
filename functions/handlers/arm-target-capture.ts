import { StageInput, stage } from '../aws/stage.ts';
import { armTargetCapture } from '../migration/capture/arm-target-capture.ts';

export const handler = stage(StageInput, armTargetCapture);
