import * as z from 'zod';
import type { PublishedEvent } from '../migration/events/published-event.ts';
import { STATUSES } from '../migration/life-cycle.ts';
import {
  type Migration,
  type MigrationEvent,
  TargetLocation,
  TenantLocation,
} from '../migration/migration.ts';
import type { EpochMs, MigrationId, TableName, TenantId } from '../migration/names.ts';
import { NextStep } from '../migration/next-action.ts';
import { named } from '../migration/record-fields.ts';
import { EVENT } from './control-tables.ts';
import { sameFieldsAs } from './same-fields.ts';

export const MigrationEventRecord = z
  .object({
    at: named.number<EpochMs>(),
    who: z.string(),
    from: z.enum(STATUSES).optional(),
    to: z.enum(STATUSES),
    reason: z.string(),
    failure: z
      // another version's action must not make the record unreadable
      .object({ error: z.string(), next: NextStep.optional().catch(undefined) })
      .optional(),
    flippedTo: named.text<TableName>().optional(),
  })
  .apply(sameFieldsAs<MigrationEvent>());

/** State of the migration at the time of an event, which is published with it. */
const EventMigration = z.object({
  tenantId: named.text<TenantId>(),
  attempt: z.number(),
  dryRun: z.boolean(),
  source: TenantLocation,
  target: TargetLocation,
});

const EventRecord = MigrationEventRecord.extend({
  migrationId: named.text<MigrationId>(),
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
