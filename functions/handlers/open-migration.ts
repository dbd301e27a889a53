import { StageInput, stage } from '../aws/stage.ts';
import { openMigration } from '../migration/open-migration.ts';

export const handler = stage(StageInput, openMigration);
