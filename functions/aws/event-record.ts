import * as z from 'zod';
import type { PublishedEvent } from '../migration/events/published-event.ts';
import { Migration, MigrationEvent } from '../migration/migration.ts';
import type { EpochMs } from '../migration/names.ts';
import { EVENT } from './control-tables.ts';
import { sameFieldsAs } from './same-fields.ts';

/** State of the migration at the time of an event, which is published with it. */
const EventMigration = Migration.pick({
  tenantId: true,
  attempt: true,
  dryRun: true,
  source: true,
  target: true,
});

const EventRecord = MigrationEvent.extend({
  migrationId: Migration.shape.migrationId,
  part: z.string(),
  subject: EventMigration,
});

/** Makes the record of an event. Events are sorted by time, and those of the same ms by `order`. */
export const eventRecord = (
  { migrationId, tenantId, attempt, dryRun, source, target }: Migration,
  event: MigrationEvent,
  order: string,
) => ({
  migrationId,
  part: eventPart(event.at, order),
  day: dayOf(event.at),
  ...event,
  // nested in a map, so that the index by tenant does not contain it
  subject: { tenantId, attempt, dryRun, source, target },
});

export const eventPart = (at: EpochMs, order = ''): string =>
  `${EVENT}${new Date(at).toISOString()}#${order}`;

/** Returns the day of an event: its partition in the index of the events of all migrations. */
export const dayOf = (at: EpochMs): string => new Date(at).toISOString().slice(0, 10);

/** An event with its migration. */
export const PublishedEventRecord = EventRecord.transform(({ migrationId, part, subject, ...event }) => ({
  ...event,
  ...subject,
  migrationId,
  eventId: `${migrationId}/${part}`,
})).apply(sameFieldsAs<PublishedEvent>());
