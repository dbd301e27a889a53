import { StageInput, stage } from '../aws/stage.ts';
import { closeReport } from '../migration/clean-up/close-report.ts';

export const handler = stage(StageInput, closeReport);
