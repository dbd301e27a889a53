import { StageInput, stage } from '../aws/stage.ts';
import { planMigration } from '../migration/plan/plan-migration.ts';

export const handler = stage(StageInput, planMigration);
