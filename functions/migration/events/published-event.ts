import type { Migration, MigrationEvent } from '../migration.ts';

/** A published event: a status change or an operator's request, with the migration that it is about. */
export interface PublishedEvent
  extends MigrationEvent,
    Pick<Migration, 'migrationId' | 'tenantId' | 'attempt' | 'dryRun' | 'source' | 'target'> {
  /** Identifies the event, however often it is delivered. */
  readonly eventId: string;
}
