import { captureChanges } from '../journal/capture-changes.ts';
import type { CapturedChange } from '../journal/captured-change.ts';
import type { TableName } from '../names.ts';
import type { Ports } from '../ports.ts';
import { isSchool } from './tenant-schools.ts';

/**
 * Takes the changes of a table's stream: journals them, then requests a count for each tenant that gained or lost a school.
 * One function does both, so that the stream needs one reader and the application may have the other.
 */
export const takeChanges = async (
  ports: Ports,
  table: TableName,
  changes: readonly CapturedChange[],
): Promise<void> => {
  // first, and alone if counting fails: a change that is not journalled holds up a migration
  await captureChanges(ports, table, changes);
  await requestCounts(ports, table, changes);
};

/** Never fails: the changes are journalled, and would be delivered again with all later ones. */
const requestCounts = async (
  ports: Ports,
  table: TableName,
  changes: readonly CapturedChange[],
): Promise<void> => {
  try {
    const tenantIds = [...new Set(changes.filter(isOfSchool(ports)).map(({ tenantId }) => tenantId))];
    if (tenantIds.length > 0) await ports.schoolCounts.request({ table, tenantIds });
  } catch (error) {
    ports.log.warn(
      { table, items: changes.length, error: error instanceof Error ? error.name : 'unknown' },
      'schools are not counted now; the next sweep counts them',
    );
    ports.metrics.put({ FailedCountRequests: 1 });
  }
};

const isOfSchool =
  ({ settings }: Pick<Ports, 'settings'>) =>
  ({ key, kind }: CapturedChange): boolean =>
    kind !== 'changed' && isSchool(key, settings);
