import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';

/** Tenant and occupancy as before; where nothing was reserved there is nothing to do. */
export const restoreRegistry = (ports: Ports, migration: Migration): Promise<void> =>
  ports.registry.undo(migration);
