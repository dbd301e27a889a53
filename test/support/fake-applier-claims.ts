import { isDeepStrictEqual } from 'node:util';
import type { Appliers } from '../../functions/migration/claims/appliers-port.ts';
import { ApplierClaimed, Conflict } from '../../functions/migration/errors.ts';
import type { Migration } from '../../functions/migration/migration.ts';
import type { EpochMs, MigrationId } from '../../functions/migration/names.ts';
import type { Claim } from '../../functions/migration/segment.ts';
import type { FakeMigrations } from './fake-migrations.ts';

export class FakeAppliers implements Appliers {
  readonly #claims = new Map<MigrationId, Claim>();
  readonly #migrations: FakeMigrations;

  constructor(migrations: FakeMigrations) {
    this.#migrations = migrations;
  }

  async claim({ migrationId, status, attempt }: Migration, claim: Claim, now: EpochMs, ranOut?: Claim) {
    const current = this.#migrations.records.get(migrationId);
    if (current?.status !== status || current.attempt !== attempt)
      throw new Conflict(`${migrationId} has moved on`);
    const held = this.#claims.get(migrationId);
    const isOurs = held?.worker === claim.worker;
    // a worker can renew its own claim only before it ends, and take another worker's only after that
    if (held && isOurs !== held.until > now) throw new ApplierClaimed(migrationId);
    if (held && !isOurs && !isDeepStrictEqual(held, ranOut)) throw new ApplierClaimed(migrationId);
    this.#claims.set(migrationId, { ...claim });
  }

  async release(migrationId: MigrationId, worker: string) {
    if (this.#claims.get(migrationId)?.worker === worker) this.#claims.delete(migrationId);
  }

  async current(migrationId: MigrationId) {
    return structuredClone(this.#claims.get(migrationId));
  }
}
