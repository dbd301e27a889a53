import { StageInput, stage } from '../aws/stage.ts';
import { checkTargetTable } from '../migration/provision/check-target-table.ts';

export const handler = stage(StageInput, checkTargetTable);
