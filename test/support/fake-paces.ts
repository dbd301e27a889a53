import { isDeepStrictEqual } from 'node:util';
import type { PaceKey, PaceRecord, Paces } from '../../functions/migration/partition/paces-port.ts';

export class FakePaces implements Paces {
  readonly #records = new Map<string, PaceRecord>();

  async current(key: PaceKey) {
    return structuredClone(this.#records.get(nameOf(key)));
  }

  async replace(key: PaceKey, from: PaceRecord | undefined, to: PaceRecord) {
    if (!isDeepStrictEqual(this.#records.get(nameOf(key)), from)) return false;
    this.#records.set(nameOf(key), structuredClone(to));
    return true;
  }
}

const nameOf = ({ migrationId, kind, table }: PaceKey): string => `${migrationId}/${kind}/${table}`;
