import { RecordDamaged, Throttled, Unavailable } from '../errors.ts';
import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { admitQueued } from './admit-queued.ts';
import { couldBeAdmitted } from './pick-admissions.ts';

/**
 * Starts a new request at once if the limits admit it; otherwise the request waits for a dispatcher. If the limits are
 * reached, this costs one read, however long the queue is. A failure here does not affect the request.
 */
export const startIfAdmitted = async (ports: Ports, migration: Migration): Promise<void> => {
  try {
    const { admitted } = await ports.admissions.current();
    if (couldBeAdmitted(ports.settings, admitted, migration)) await admitQueued(ports, migration);
  } catch (error) {
    const isPassing = error instanceof Throttled || error instanceof Unavailable;
    // while the admission record is damaged, no migration is admitted until an operator repairs it
    if (!isPassing && !(error instanceof RecordDamaged)) throw error;
    ports.log.warn(
      { migrationId: migration.migrationId, error: error.name },
      'request was saved, but not started; the next dispatcher starts it',
    );
  }
};
