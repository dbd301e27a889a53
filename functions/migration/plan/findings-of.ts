import type { ACCEPTABLE_FINDINGS } from '../settings/acceptable-findings.ts';
import type { Settings } from '../settings/settings.ts';
import type { PlanFinding } from './plan.ts';

export const blocker = (code: string, message: string, remedy: string): PlanFinding => ({
  level: 'blocker',
  code,
  message,
  remedy,
});

export const warning = (code: string, message: string, remedy: string): PlanFinding => ({
  level: 'warning',
  code,
  message,
  remedy,
});

type FindingPolicy = Pick<Settings, 'acceptedFindings'>;

/** Returns a blocker, or a warning if the deployment accepts findings with this code. */
export const acceptable = (
  { acceptedFindings }: FindingPolicy,
  code: (typeof ACCEPTABLE_FINDINGS)[number],
  message: string,
  remedy: string,
): PlanFinding =>
  acceptedFindings.includes(code)
    ? warning(code, message, `${remedy}. The settings accept this finding`)
    : blocker(
        code,
        message,
        `${remedy}. To accept the finding instead, add '${code}' to acceptedFindings in the settings`,
      );
