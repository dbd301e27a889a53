import type { Clock } from '../migration/clock-port.ts';
import type { Ports } from '../migration/ports.ts';
import type { Records } from './records.ts';
import { registryMovesIn } from './registry-moves.ts';
import type { RegistryTables } from './registry-records.ts';
import { tenantRemovalsIn } from './tenant-removals.ts';
import { tenantsIn } from './tenants.ts';
import { tierTablesIn } from './tier-table-records.ts';

/** Stores the registry: tenants, tier tables, and a migration's changes of both. */
export const registryIn = (records: Records, tables: RegistryTables, clock: Clock): Ports['registry'] => ({
  ...tenantsIn(records, tables, clock),
  ...tierTablesIn(records, tables.registry),
  ...registryMovesIn(records, tables, clock),
  ...tenantRemovalsIn(records, tables),
});
