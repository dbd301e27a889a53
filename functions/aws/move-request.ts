import * as z from 'zod';

/** Of an EventBridge event by which others ask for a move. */
export const REQUEST_DETAIL_TYPE = 'Tierferry Move Request';

/** The detail of such an event; `docs/events` has its JSON Schema. */
export const MoveRequest = z
  .object({
    version: z.literal(1),
    deployment: z
      .string()
      .optional()
      .describe(
        'The prefix of the deployment that is asked; absent where there is one only in the account and region.',
      ),
    tenantId: z.string(),
    toTier: z
      .string()
      .optional()
      .describe('Absent to count the schools, and to move the tenant only where it has outgrown its tier.'),
    dedicated: z.boolean().default(false).describe('Whether it gets a table of its own; with `toTier` only.'),
    reason: z
      .string()
      .min(1)
      .describe('For the audit trail; without `toTier` the count of schools is the reason that is noted.'),
    requestedBy: z.string().min(1).describe('For the audit trail.'),
  })
  .describe(
    `Detail of an EventBridge event with detail-type '${REQUEST_DETAIL_TYPE}' and a source of your own.`,
  );

export const MoveRequestEvent = z.object({ detail: MoveRequest });
