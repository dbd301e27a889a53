import * as z from 'zod';
import type { PublishedEvent } from '../migration/events/published-event.ts';
import { STATUSES } from '../migration/life-cycle.ts';
import { NextStep } from '../migration/next-action.ts';

/** Source and detail type of an EventBridge event about a migration. */
export const SOURCE = 'tierferry';
export const DETAIL_TYPE = 'Tierferry Migration Status Change';

const location = {
  tier: z.string().describe('Tier of the catalogue.'),
  placement: z.enum(['shared', 'dedicated']),
};

/**
 * The detail of such an event; its JSON Schema is in `docs/events`. Fields may be added within a version, but not removed or
 * changed in meaning.
 */
export const EventDetail = z
  .object({
    version: z.literal(1),
    eventId: z.string().describe('The same for each delivery of an event.'),
    deployment: z.string().describe("Prefix of the deployment's tables."),
    migrationId: z.string(),
    tenantId: z.string(),
    attempt: z.int().min(1).describe('Number of executions of the state machine for this migration.'),
    dryRun: z.boolean(),
    source: z.object({ ...location, table: z.string() }).describe('Source of the migration.'),
    target: z
      .object({ ...location, table: z.string().optional().describe('Absent until a slot is reserved.') })
      .describe('Target of the migration.'),
    from: z
      .enum(STATUSES)
      .optional()
      .describe('Absent in the event of the request. The same as `to` if the status has not changed.'),
    to: z.enum(STATUSES),
    at: z.iso.datetime().describe('Time of the event, UTC.'),
    by: z.string().describe('The person or the part of Tierferry that caused the event.'),
    reason: z.string(),
    failure: z
      .object({
        error: z.string().describe('Code of the error; docs/errors.md lists the codes.'),
        next: NextStep.optional().describe('Next action on the migration; absent if there is none.'),
      })
      .optional()
      .describe('Present if `reason` contains the text of an error.'),
    flippedTo: z
      .string()
      .optional()
      .describe(
        'The table that is live since this event, after a flip in either direction. Absent in all other events.',
      ),
  })
  .describe(`Detail of an EventBridge event with source '${SOURCE}' and detail-type '${DETAIL_TYPE}'.`);
export type EventDetail = z.input<typeof EventDetail>;

export const detailOf = ({ at, who: by, ...event }: PublishedEvent, deployment: string): EventDetail => ({
  version: 1,
  deployment,
  ...event,
  at: new Date(at).toISOString(),
  by,
});
