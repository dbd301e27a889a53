import type { Migration } from '../api/schema.ts';
import { isClosed, isUndone } from './migration-status.tsx';

export type StageName = keyof Migration['stages'];
export type StageState = 'done' | 'now' | 'kept' | 'undoing' | 'undone' | 'ended' | 'next' | 'unreached';

/** Returns when a stage ended. A flip ends its stage, although the registry is confirmed after it. */
export const endOf = ({ stages, flippedAt }: Migration, name: StageName): string | undefined =>
  stages[name]?.endedAt ?? (name === 'flip' ? flippedAt : undefined);

/** Returns the state of a stage, which is shown as a word and as a colour. */
export const stageStateOf = (migration: Migration, name: StageName): StageState => {
  const { status, stages } = migration;
  const times = stages[name];
  if (status === 'holding' && name === 'cleanUp') return 'kept';
  if (!times) return isClosed(status) || status === 'rollingBack' ? 'unreached' : 'next';
  if (isUndone(status)) {
    // its times begin with the comparison after the flip; a migration that has begun to delete cannot be rolled back
    if (name === 'cleanUp') return 'unreached';
    const isReversed = name === 'flip' && migration.reverseFlippedAt !== undefined;
    return isClosed(status) || isReversed ? 'undone' : 'undoing';
  }
  // the copy stage includes applying changes and comparing, for which its end is noted again
  const hasEnded = endOf(migration, name) !== undefined && (name !== 'copy' || stages.registry !== undefined);
  if (hasEnded) return 'done';
  return isClosed(status) ? 'ended' : 'now';
};
