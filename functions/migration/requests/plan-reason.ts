/** Reason that is recorded for a dry run that was requested without one. */
export const PLAN_REASON = 'planned by hand';
