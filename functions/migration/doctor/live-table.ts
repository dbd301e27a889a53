import { isFlipped } from '../life-cycle.ts';
import type { Migration, TenantLocation } from '../migration.ts';
import type { TableName } from '../names.ts';

/** Returns the live table by a migration's record; undefined during a rollback after the flip, when it may be either. */
export const liveTableOf = ({
  status,
  source,
  target,
  flippedAt,
  reverseFlippedAt,
}: Migration): TableName | undefined => {
  if (isFlipped(status)) return target.table;
  if (status === 'rollingBack' && flippedAt !== undefined && reverseFlippedAt === undefined) return undefined;
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
