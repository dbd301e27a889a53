import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';

/** Undoes the migration's changes of the tenant's record and of the tables' free slots. Does nothing if it reserved no slot. */
export const undoRegistry = (ports: Ports, migration: Migration): Promise<void> =>
  ports.registry.undoReservation(migration);
