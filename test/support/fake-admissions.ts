import type { Admission, Admissions } from '../../functions/migration/ports.ts';
import type { Admitted } from '../../functions/migration/queue/admit.ts';

export class FakeAdmissions implements Admissions {
  #current: Admission = { version: 0, admitted: [] };

  async current() {
    return structuredClone(this.#current);
  }

  async replace({ version }: Admission, admitted: readonly Admitted[]) {
    if (version !== this.#current.version) return false;
    this.#current = { version: version + 1, admitted: structuredClone(admitted) };
    return true;
  }
}
