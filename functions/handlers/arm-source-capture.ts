import { StageInput, stage } from '../aws/stage.ts';
import { armSourceCapture } from '../migration/capture/arm-source-capture.ts';

export const handler = stage(StageInput, armSourceCapture);
