import { RecordDamaged, Throttled, Unavailable } from '../errors.ts';
import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { couldGoAhead } from './admit.ts';
import { dispatch } from './dispatch.ts';

/**
 * Begins a migration that was just requested where its turn has come; else it waits for a dispatcher. Where a queue is
 * full that costs one read, however many wait. Whatever fails here, the request stands.
 */
export const takeTurn = async (ports: Ports, migration: Migration): Promise<void> => {
  try {
    const { admitted } = await ports.admissions.current();
    if (couldGoAhead(ports.settings, admitted, migration)) await dispatch(ports, migration);
  } catch (error) {
    const isPassing = error instanceof Throttled || error instanceof Unavailable;
    // without the admission record no migration is admitted until an operator has repaired it
    if (!isPassing && !(error instanceof RecordDamaged)) throw error;
    ports.log.warn(
      { migrationId: migration.migrationId, error: error.name },
      'it waits for the next dispatcher',
    );
  }
};
