import { StageInput, stage } from '../aws/stage.ts';
import { createTargetTable } from '../migration/provision/create-target-table.ts';

export const handler = stage(StageInput, createTargetTable);
