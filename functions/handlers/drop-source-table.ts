import { StageInput, stage } from '../aws/stage.ts';
import { dropSourceTable } from '../migration/clean-up/drop-source-table.ts';

export const handler = stage(StageInput, dropSourceTable);
