import type { AdmissionSlot } from './pick-admissions.ts';

export interface Admission {
  /** Number of changes of the record. */
  readonly version: number;
  readonly admitted: readonly AdmissionSlot[];
}

/** The admitted migrations: one record for all dispatchers. */
export interface Admissions {
  /** Reads the record consistently. */
  current(): Promise<Admission>;
  /** Replaces the record. @returns false if another dispatcher has changed it. */
  replace(from: Admission, admitted: readonly AdmissionSlot[]): Promise<boolean>;
}
