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

/** What is told of the migration with each of its events, as it was then. */
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

/** Events are sorted by their time; `order` decides between those of the same ms. */
export const eventRecord = (
  { migrationId, tenantId, attempt, dryRun, source, target }: Migration,
  event: MigrationEvent,
  order: string,
) => ({
  migrationId,
  part: eventPart(event.at, order),
  day: dayOf(event.at),
  ...event,
  // within a map, where no index of tenants sees it
  subject: { tenantId, attempt, dryRun, source, target },
});

export const eventPart = (at: EpochMs, order = ''): string =>
  `${EVENT}${new Date(at).toISOString()}#${order}`;

/** The partition of the index by which the events of all migrations are read. */
export const dayOf = (at: EpochMs): string => new Date(at).toISOString().slice(0, 10);

/** An event with the migration that it is of. */
export const NoticeRecord = EventRecord.transform(
  ({ migrationId, part, subject, ...event }): Notice => ({
    ...event,
    ...subject,
    migrationId,
    noticeId: `${migrationId}/${part}`,
  }),
);
