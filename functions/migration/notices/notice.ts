import type { Migration, MigrationEvent } from '../migration.ts';

/** A change of a migration's status or an operator's decision, as others are told of it: an event, and whose it is. */
export interface Notice
  extends MigrationEvent,
    Pick<Migration, 'migrationId' | 'tenantId' | 'attempt' | 'dryRun' | 'source' | 'target'> {
  /** The same for the same event however often it is told. */
  readonly noticeId: string;
}
