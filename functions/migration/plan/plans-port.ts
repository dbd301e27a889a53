import type { MigrationId } from '../names.ts';
import type { Plan } from './plan.ts';

/** The plan of a migration, in a record of its own. */
export interface Plans {
  savePlan(migrationId: MigrationId, plan: Plan): Promise<void>;
  plan(migrationId: MigrationId): Promise<Plan | undefined>;
}
