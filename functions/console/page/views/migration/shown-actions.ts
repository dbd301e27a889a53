import type { MigrationDetail } from '../../api/schema.ts';
import { ACTION_NAMES, type ActionName } from '../../parts/action-labels.ts';
import { isClosed } from '../../parts/migration-status.tsx';

/**
 * Returns the action whose button stands out: the recommended one; in the hold the rollback, which is possible only until the
 * hold ends. None does once an operator has had the migration undone.
 */
export const primaryAction = ({
  migration,
  next,
}: Pick<MigrationDetail, 'migration' | 'next'>): ActionName | undefined => {
  if (isClosed(migration.status) && migration.cancellation !== undefined) return undefined;
  const recommended = ACTION_NAMES.find((name) => name === next?.action);
  return recommended ?? (migration.status === 'holding' ? 'rollback' : undefined);
};

/** Returns the actions that get a button of their own, by what a migration is about; the others are in the menu. */
export const shownActions = ({
  migration,
  execution,
}: Pick<MigrationDetail, 'migration' | 'execution'>): readonly ActionName[] => {
  const { status, dryRun, paused, cutoverHeld } = migration;
  if (isClosed(status)) return status === 'completed' || dryRun ? [] : ['retry'];
  if (dryRun) return ['cancel'];
  const goOn: readonly ActionName[] = execution === 'stopped' ? ['retry'] : [paused ? 'resume' : 'pause'];
  switch (status) {
    case 'rollingBack':
      return [...goOn, 'abandon-rollback'];
    case 'holding':
      return [...(execution === 'stopped' || paused ? goOn : []), 'rollback', 'hold'];
    case 'cleaningUp':
      return goOn;
    default:
      return [...goOn, cutoverHeld ? 'cutover' : 'hold-cutover', 'cancel'];
  }
};
