import * as z from 'zod';
import { STATUSES } from '../migration/life-cycle.ts';
import type { Migration, MigrationEvent } from '../migration/migration.ts';
import type { EpochMs, MigrationId, TenantId } from '../migration/names.ts';
import type { Notice } from '../migration/notices/notice.ts';
import { EVENT } from './control-tables.ts';
import { home, targetHome } from './homes.ts';
import { named } from './parsing.ts';

export const Event = z.object({
  at: named.number<EpochMs>(),
  who: z.string(),
  from: z.enum(STATUSES).optional(),
  to: z.enum(STATUSES),
  why: z.string(),
}) satisfies z.ZodType<MigrationEvent>;

/** State of the migration at the time of an event, which is published with it. */
const Subject = z.object({
  tenantId: named.text<TenantId>(),
  attempt: z.number(),
  dryRun: z.boolean(),
  source: home,
  target: targetHome,
});

const EventRecord = Event.extend({
  migrationId: named.text<MigrationId>(),
  part: z.string(),
  subject: Subject,
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
export const NoticeRecord = EventRecord.transform(
  ({ migrationId, part, subject, ...event }): Notice => ({
    ...event,
    ...subject,
    migrationId,
    noticeId: `${migrationId}/${part}`,
  }),
);
