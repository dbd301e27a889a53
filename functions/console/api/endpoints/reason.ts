import * as z from 'zod';

/** The operator's reason in the body of a request. */
export const reason = z.string().trim().min(1).max(1_000).describe('Reason for the audit trail.');
