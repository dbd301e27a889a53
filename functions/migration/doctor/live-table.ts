import { isFlipped } from '../life-cycle.ts';
import type { Migration, TenantLocation } from '../migration.ts';
import type { TableName } from '../names.ts';
import { livesOnTarget } from '../route/lives-on-target.ts';

/** Returns the live table by a migration's record; undefined during a rollback after the flip, when it may be either. */
export const liveTableOf = (migration: Migration): TableName | undefined => {
  const { status, source, target } = migration;
  if (isFlipped(status)) return target.table;
  if (status === 'rollingBack' && livesOnTarget(migration)) return undefined;
  return source.table;
};

/** Returns the tier, placement and table that the registry must have for the tenant, by the migration's record. */
export const registeredLocationOf = ({
  registryChange,
  source,
  target,
}: Migration): TenantLocation | undefined => {
  if (registryChange !== 'confirmed' && registryChange !== 'released') return source;
  return target.table === undefined ? undefined : { ...target, table: target.table };
};
