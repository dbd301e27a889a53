import { StageInput, wayOut } from '../aws/stage.ts';
import { openMigration } from '../migration/open-migration.ts';

/** Also runs for a migration that is being rolled back: its result tells the state machine to do so. */
export const handler = wayOut(StageInput, openMigration);
