import type { Migration } from '../migration.ts';
import type { TableName } from '../names.ts';
import type { Mark, Ports } from '../ports.ts';
import { deleteSentinels } from './place-sentinels.ts';
import { isSentinel } from './sentinel.ts';

/** Deletes the sentinels that a journal tells of: a crash may have come between their putting and their deletion. */
export const sweepSentinels = async (
  ports: Ports,
  { tenantId }: Migration,
  { table }: { readonly table: TableName },
  marks: readonly Mark[],
): Promise<void> => {
  const keys = marks.map(({ key }) => key).filter(isSentinel);
  await deleteSentinels(ports, tenantId, table, keys);
};
