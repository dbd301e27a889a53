import { forwardStep, StepInput } from '../aws/step.ts';
import { planMigration } from '../migration/plan/plan-migration.ts';

export const handler = forwardStep(StepInput, planMigration);
