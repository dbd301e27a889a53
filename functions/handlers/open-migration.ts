import { StageInput, wayOut } from '../aws/stage.ts';
import { openMigration } from '../migration/open-migration.ts';

/** Also where the migration goes back: it says so, and the state machine goes that way. */
export const handler = wayOut(StageInput, openMigration);
