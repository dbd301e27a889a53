import { RecordDamaged } from '../errors.ts';
import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { placeOf } from './admit.ts';

/**
 * Counts a migration among those on their way that an operator has started again: it waits for nobody, so there may be
 * more of them than the limits say until it has flipped.
 */
export const keepPlace = async (ports: Ports, migration: Migration): Promise<void> => {
  try {
    await takePlace(ports, migration);
  } catch (error) {
    // the operator's migration goes on uncounted; no other is admitted until the record is repaired
    if (!(error instanceof RecordDamaged)) throw error;
    ports.log.warn({ migrationId: migration.migrationId, error: error.name }, 'its place is not kept');
  }
};

const takePlace = async (ports: Ports, migration: Migration): Promise<void> => {
  for (;;) {
    const before = await ports.admissions.current();
    const others = before.admitted.filter(({ migrationId }) => migrationId !== migration.migrationId);
    const place = placeOf(migration, ports.clock.now());
    if (await ports.admissions.replace(before, [...others, place])) return;
  }
};
