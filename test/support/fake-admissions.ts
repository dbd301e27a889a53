import type { Admission, Admissions } from '../../functions/migration/queue/admissions-port.ts';
import type { AdmissionSlot } from '../../functions/migration/queue/pick-admissions.ts';

export class FakeAdmissions implements Admissions {
  #current: Admission = { version: 0, admitted: [] };

  async current() {
    return structuredClone(this.#current);
  }

  async replace({ version }: Admission, admitted: readonly AdmissionSlot[]) {
    if (version !== this.#current.version) return false;
    this.#current = { version: version + 1, admitted: structuredClone(admitted) };
    return true;
  }
}
