import { rollbackStep, StepInput } from '../aws/step.ts';
import { openMigration } from '../migration/record/open-migration.ts';

/** Also runs for a migration that is being rolled back: its result tells the state machine to do so. */
export const handler = rollbackStep(StepInput, openMigration);
