import type { Settings } from '../settings.ts';
import type { ACCEPTABLE_FINDINGS } from './acceptable-findings.ts';
import type { Finding } from './plan.ts';

export const blocker = (code: string, message: string, remedy: string): Finding => ({
  level: 'blocker',
  code,
  message,
  remedy,
});

export const warning = (code: string, message: string, remedy: string): Finding => ({
  level: 'warning',
  code,
  message,
  remedy,
});

type Accepting = Pick<Settings, 'acceptedFindings'>;

/** A blocker, unless the deployment accepts findings of this code. */
export const acceptable = (
  { acceptedFindings }: Accepting,
  code: (typeof ACCEPTABLE_FINDINGS)[number],
  message: string,
  remedy: string,
): Finding =>
  acceptedFindings.includes(code)
    ? warning(code, message, `${remedy}. Your settings accept it`)
    : blocker(code, message, `${remedy}; or accept it: add '${code}' to acceptedFindings in the settings`);
