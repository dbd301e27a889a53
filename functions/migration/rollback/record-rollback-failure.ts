import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { reasonOf } from '../reason.ts';
import { isOnTarget } from '../route/is-on-target.ts';
import { ownReason } from '../step-failure.ts';
import { recordFailure } from './record-failure.ts';
import { stayOnTarget } from './stay-on-target.ts';

/** Errors that would stop a retry of the rollback again: an operator has to decide first. */
const FOR_OPERATOR: ReadonlySet<string> = new Set(['ForeignWrite', 'VerificationMismatch', 'TableGone']);

/**
 * Saves why a rollback stopped, in the migration's record and in its report. If an operator has to decide and the tenant still
 * lives on the target, the migration returns to `holding`, from which both a retry and a rollback are possible. After any other
 * failure the migration stays `rollingBack`, and a retry finishes the rollback.
 */
export const recordRollbackFailure = async (
  ports: Ports,
  migration: Migration,
  caught: { Error: string; Cause: string } | undefined,
): Promise<{ error: string; cause: string }> => {
  const { status, attempt } = migration;
  const error = caught && ownReason(reasonOf(caught.Error, caught.Cause), migration, 'rollback').error;
  const stops =
    status === 'rollingBack' &&
    error !== undefined &&
    FOR_OPERATOR.has(error) &&
    (await isOnTarget(ports, migration));
  const reason = `rollback stopped: ${error}; the tenant stays on the target`;
  const now = stops
    ? await stayOnTarget(ports, migration, { who: `workflow, attempt ${attempt}`, reason })
    : migration;
  return recordFailure(ports, now, caught, 'rollback');
};
