import { count, counted } from '../../parts/formats.ts';
import type { Status } from '../../parts/migration-status.tsx';
import { rateWords } from './rate-words.ts';
import type { Sample } from './samples.ts';

/** True if changes are applied: only then is it known that few keys are left if there is no count of them. */
const isApplying = (status: Status): boolean => status === 'catchingUp' || status === 'cuttingOver';

/** Returns the number of keys left to apply, with a note. The keys that change during the copy are not counted. */
export const backlogFigure = (
  status: Status,
  backlog: number | null | undefined,
): { readonly value: string; readonly note: string } => {
  if (typeof backlog === 'number') return { value: count(backlog), note: 'changed keys' };
  if (isApplying(status)) return { value: 'few', note: 'changed keys' };
  return { value: '–', note: status === 'rollingBack' ? 'not counted' : 'counted after the copy' };
};

/** Says how much is left to apply, and whether it becomes less. */
export const backlogWords = (status: Status, last: Sample | undefined): string => {
  if (!last || last.backlog === null)
    return isApplying(status) ? 'less is left than a cutover takes' : 'counted while changes are applied';
  const rates =
    last.applied === null
      ? ''
      : `; ${rateWords(last.applied, 'keys')} applied, ${rateWords(last.journalled ?? 0, 'keys')} changed`;
  return `${counted(last.backlog, 'key')} left to apply${rates}`;
};
