import type { MigrationEvent } from '../migration.ts';
import type { EpochMs, MigrationId } from '../names.ts';
import type { PublishedEvent } from './published-event.ts';

/** The events of migrations, one record each. */
export interface EventLog {
  events(migrationId: MigrationId): Promise<readonly MigrationEvent[]>;
  /** Returns the events of all migrations since this time, oldest first. Events of the last seconds may be missing. */
  eventsSince(since: EpochMs): AsyncIterable<PublishedEvent>;
}
