import { StageInput, stage } from '../aws/stage.ts';
import { concludeCopy } from '../migration/copy/conclude-copy.ts';

export const handler = stage(StageInput, concludeCopy);
