import { isFlipped } from '../life-cycle.ts';
import type { Home, Migration } from '../migration.ts';
import type { TableName } from '../names.ts';

/** The table that a migration's record says is live; undefined in a rollback after the flip, in which both may be. */
export const liveTableOf = ({
  status,
  source,
  target,
  flippedAt,
  flippedBackAt,
}: Migration): TableName | undefined => {
  if (isFlipped(status)) return target.table;
  if (status === 'rollingBack' && flippedAt !== undefined && flippedBackAt === undefined) return undefined;
  return source.table;
};

/** Where the registry says that the tenant lives, by the migration's record. */
export const registeredHomeOf = ({ registryChange, source, target }: Migration): Home | undefined => {
  if (registryChange !== 'confirmed' && registryChange !== 'released') return source;
  return target.table === undefined ? undefined : { ...target, table: target.table };
};
