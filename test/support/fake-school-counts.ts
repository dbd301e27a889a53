import type { SchoolChanges, SchoolCounts } from '../../functions/migration/growth/school-counts-port.ts';

/** Keeps requests for counts. */
export class FakeSchoolCounts implements SchoolCounts {
  readonly requests: SchoolChanges[] = [];
  /** The error of the next requests. */
  failure: Error | undefined;

  async request(changes: SchoolChanges) {
    if (this.failure) throw this.failure;
    this.requests.push(structuredClone(changes));
  }
}
