import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { homeIn } from '../registry/home-in.ts';

/** The registry says that the tenant is back; where the flip was never confirmed it never said otherwise. */
export const revertRegistry = async (ports: Ports, migration: Migration): Promise<void> => {
  if (migration.registryChange !== 'confirmed') return;
  await ports.registry.revert(migration, homeIn(ports.settings, migration.source), ports.clock.now());
};
