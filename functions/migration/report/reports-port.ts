import type { MigrationId } from '../names.ts';
import type { Report } from './report.ts';

/** The report of a migration, in a record of its own. */
export interface Reports {
  saveReport(migrationId: MigrationId, report: Report): Promise<void>;
  report(migrationId: MigrationId): Promise<Report | undefined>;
}
