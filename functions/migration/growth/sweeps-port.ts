import * as z from 'zod';
import type { EpochMs, TenantId } from '../names.ts';
import { type FieldsOf, named } from '../record-fields.ts';

export const SweepState = z.object({
  /** The last tenant that was checked; absent between two rounds. */
  after: named.text<TenantId>().optional(),
  /** Time at which the last round ended; absent within a round. */
  endedAt: named.number<EpochMs>().optional(),
});
export type SweepState = FieldsOf<typeof SweepState>;

/** Progress of the automatic sweep. Two concurrent sweeps do twice the work, but no harm. */
export interface Sweeps {
  current(): Promise<SweepState>;
  save(state: SweepState): Promise<void>;
}
