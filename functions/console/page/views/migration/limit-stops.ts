import { count } from '../../parts/formats.ts';

/** A limit in units a second; `none` for no limit of the migration's own. */
export type Limit = number | 'none';

/** Limits that the slider offers: a step is felt, and a few steps lead from least to most. */
const STOPS: readonly number[] = [10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000];

/** Returns the stops of a slider, from the lowest limit to none; a limit that lies between two of them has its own. */
export const stopsWith = (current: Limit): readonly Limit[] => {
  const numbers = typeof current === 'number' ? [...new Set([...STOPS, current])] : [...STOPS];
  return [...numbers.toSorted((a, b) => a - b), 'none'];
};

/** Returns what a stop says. */
export const limitWords = (limit: Limit, kind: 'read' | 'write'): string => {
  if (limit !== 'none') return `${count(limit)} ${kind} units/s`;
  return kind === 'write' ? 'no limit of its own' : 'the deployment’s limit';
};
