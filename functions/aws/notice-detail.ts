import * as z from 'zod';
import { STATUSES } from '../migration/life-cycle.ts';
import type { Notice } from '../migration/notices/notice.ts';

/** Of an EventBridge event that tells of a change. */
export const SOURCE = 'tierferry';
export const DETAIL_TYPE = 'Tierferry Migration Status Change';

const home = {
  tier: z.string().describe('Tier of the catalogue.'),
  placement: z.enum(['shared', 'dedicated']),
};

/**
 * The detail of such an event; `docs/events` has its JSON Schema. Fields may be added to a version, none is taken from it
 * or changes its meaning.
 */
export const NoticeDetail = z
  .object({
    version: z.literal(1),
    noticeId: z.string().describe('The same where an event is delivered more than once.'),
    deployment: z.string().describe("The prefix of the deployment's tables."),
    migrationId: z.string(),
    tenantId: z.string(),
    attempt: z.int().min(1).describe('Executions of the state machine for this migration.'),
    dryRun: z.boolean(),
    source: z.object({ ...home, table: z.string() }).describe('Where the tenant lives before the flip.'),
    target: z
      .object({ ...home, table: z.string().optional().describe('Absent until room is reserved.') })
      .describe('Where it lives after it.'),
    from: z
      .enum(STATUSES)
      .optional()
      .describe(
        'Absent where the migration was requested; the same as `to` where something was decided or noted in that status.',
      ),
    to: z.enum(STATUSES),
    at: z.iso.datetime().describe('When it changed, UTC.'),
    by: z.string().describe('Who changed it: a person or a part of Tierferry.'),
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
