import type { Out } from '../cli/out.ts';
import { type CountProgress, countProgress } from '../cli/watching/count-progress.ts';

export type SeedProgress = CountProgress;

/** Shows the progress of seeding. */
export const seedProgress = (out: Out): SeedProgress => countProgress(out, 'items', 'written');
