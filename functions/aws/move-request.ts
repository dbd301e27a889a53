import * as z from 'zod';

/** Detail type of an EventBridge event that requests a move. */
export const REQUEST_DETAIL_TYPE = 'Tierferry Move Request';

/** The detail of such an event; its JSON Schema is in `docs/events`. */
export const MoveRequest = z
  .object({
    version: z.literal(1),
    deployment: z
      .string()
      .optional()
      .describe('Prefix of the addressed deployment. May be absent if the account and region have only one.'),
    tenantId: z.string(),
    toTier: z
      .string()
      .optional()
      .describe('Absent to count the schools, and to move the tenant only if it has outgrown its tier.'),
    dedicated: z
      .boolean()
      .default(false)
      .describe('True to give the tenant a table of its own; only with `toTier`.'),
    reason: z
      .string()
      .min(1)
      .describe('Reason, for the audit trail. Without `toTier`, the number of schools is recorded instead.'),
    requestedBy: z.string().min(1).describe('Name, for the audit trail.'),
  })
  .describe(
    `Detail of an EventBridge event with detail-type '${REQUEST_DETAIL_TYPE}' and a source of your own.`,
  );

export const MoveRequestEvent = z.object({ detail: MoveRequest });
