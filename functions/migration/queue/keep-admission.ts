import { RecordDamaged } from '../errors.ts';
import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { slotOf } from './pick-admissions.ts';

/**
 * Gives an admission slot to a migration that an operator retries. A retry does not wait in the queue, so more migrations than
 * the limits allow may run until it has flipped.
 */
export const keepAdmission = async (ports: Ports, migration: Migration): Promise<void> => {
  try {
    await takeSlot(ports, migration);
  } catch (error) {
    // the retried migration runs without a slot; no other is admitted until the record is repaired
    if (!(error instanceof RecordDamaged)) throw error;
    ports.log.warn(
      { migrationId: migration.migrationId, error: error.name },
      'admission record is damaged; the retried migration runs without an admission slot',
    );
  }
};

const takeSlot = async (ports: Ports, migration: Migration): Promise<void> => {
  for (;;) {
    const before = await ports.admissions.current();
    const others = before.admitted.filter(({ migrationId }) => migrationId !== migration.migrationId);
    const slot = slotOf(migration, ports.clock.now());
    if (await ports.admissions.replace(before, [...others, slot])) return;
  }
};
