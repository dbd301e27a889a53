import type { Execution } from '../../../functions/migration/execution.ts';
import { isClosed, isFlipped } from '../../../functions/migration/life-cycle.ts';
import type { Migration } from '../../../functions/migration/migration.ts';
import type { Next } from './documents.ts';

/** What goes on with a migration, as far as its record and its execution tell. */
export const nextOf = (
  { migrationId, status, dryRun, paused, cutoverHeld }: Migration,
  execution: Execution = isClosed(status) ? 'ended' : 'running',
): Next => {
  const toDo = (action: NonNullable<Next>['action']): Next => ({ action, migrationId });
  if (status === 'rolledBack' || status === 'failed') return dryRun ? null : toDo('retry');
  if (isClosed(status)) return null;
  if (execution === 'stopped') return toDo('retry');
  if (paused) return toDo('resume');
  if (cutoverHeld && status !== 'rollingBack' && !isFlipped(status)) return toDo('cutover');
  return toDo('watch');
};
