import { RecordDamaged } from '../errors.ts';
import { fallbackIfDamaged } from '../fallback-if-damaged.ts';
import type { Migration } from '../migration.ts';
import type { EpochMs, MigrationId } from '../names.ts';
import type { Ports } from '../ports.ts';
import { type AdmissionSlot, byAdmissionOrder } from './pick-admissions.ts';

/** Admitted and queued migrations. */
export interface Queue {
  /** Migrations that were admitted and have not flipped, with the times of their admission. */
  readonly running: readonly { readonly migration: Migration; readonly since: EpochMs }[];
  /** Queued migrations, in the order in which they are admitted. */
  readonly waiting: readonly Migration[];
  /** Names the damaged admission record and its field; absent if it is intact. No migration is admitted until it is repaired. */
  readonly damaged?: string;
}

/** Reads the queue. Leaves out migrations whose record is damaged. */
export const readQueue = async (ports: Ports): Promise<Queue> => {
  const { admitted, damaged } = await readAdmitted(ports);
  const migrations = await Promise.all(
    admitted.map(({ migrationId }) => fallbackIfDamaged(ports.migrations.get(migrationId), undefined)),
  );
  const running = admitted.flatMap(({ at: since }, n) => {
    const migration = migrations[n];
    return migration ? [{ migration, since }] : [];
  });
  const ids = new Set(admitted.map(({ migrationId }) => migrationId));
  const waiting: Migration[] = [];
  for await (const migration of ports.migrations.list({ status: 'queued' }))
    if (!ids.has(migration.migrationId) && !migration.dryRun) waiting.push(migration);
  return { running, waiting: waiting.sort(byAdmissionOrder), damaged };
};

const readAdmitted = async (
  ports: Ports,
): Promise<{ readonly admitted: readonly AdmissionSlot[]; readonly damaged?: string }> => {
  try {
    return await ports.admissions.current();
  } catch (error) {
    if (error instanceof RecordDamaged) return { admitted: [], damaged: error.message };
    throw error;
  }
};

/** True if the migration has an admission slot. */
export const isAdmitted = async (
  ports: Pick<Ports, 'admissions'>,
  migrationId: MigrationId,
): Promise<boolean> =>
  (await ports.admissions.current()).admitted.some((one) => one.migrationId === migrationId);
