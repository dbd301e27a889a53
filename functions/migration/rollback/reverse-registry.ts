import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { tenantFieldsOf } from '../registry/tenant-fields.ts';

/** Records in the registry that the tenant lives on the source again. Does nothing if the flip was never confirmed there. */
export const reverseRegistry = async (ports: Ports, migration: Migration): Promise<void> => {
  if (migration.registryChange !== 'confirmed') return;
  await ports.registry.reverseMove(
    migration,
    tenantFieldsOf(ports.settings, migration.source),
    ports.clock.now(),
  );
};
