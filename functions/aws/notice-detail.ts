import * as z from 'zod';
import { STATUSES } from '../migration/life-cycle.ts';
import type { Notice } from '../migration/notices/notice.ts';

/** Source and detail type of an EventBridge event about a migration. */
export const SOURCE = 'tierferry';
export const DETAIL_TYPE = 'Tierferry Migration Status Change';

const home = {
  tier: z.string().describe('Tier of the catalogue.'),
  placement: z.enum(['shared', 'dedicated']),
};

/**
 * The detail of such an event; its JSON Schema is in `docs/events`. Fields may be added within a version, but not removed or
 * changed in meaning.
 */
export const NoticeDetail = z
  .object({
    version: z.literal(1),
    noticeId: z.string().describe('The same for each delivery of an event.'),
    deployment: z.string().describe("Prefix of the deployment's tables."),
    migrationId: z.string(),
    tenantId: z.string(),
    attempt: z.int().min(1).describe('Number of executions of the state machine for this migration.'),
    dryRun: z.boolean(),
    source: z.object({ ...home, table: z.string() }).describe('Source of the migration.'),
    target: z
      .object({ ...home, table: z.string().optional().describe('Absent until a slot is reserved.') })
      .describe('Target of the migration.'),
    from: z
      .enum(STATUSES)
      .optional()
      .describe('Absent in the event of the request. The same as `to` if the status has not changed.'),
    to: z.enum(STATUSES),
    at: z.iso.datetime().describe('Time of the event, UTC.'),
    by: z.string().describe('The person or the part of Tierferry that caused the event.'),
    why: z.string(),
  })
  .describe(`Detail of an EventBridge event with source '${SOURCE}' and detail-type '${DETAIL_TYPE}'.`);
export type NoticeDetail = z.input<typeof NoticeDetail>;

export const detailOf = ({ at, who: by, ...notice }: Notice, deployment: string): NoticeDetail => ({
  version: 1,
  deployment,
  ...notice,
  at: new Date(at).toISOString(),
  by,
});
