import { isClosed, STATUSES } from '../migration/life-cycle.ts';
import type { MigrationId } from '../migration/names.ts';

/** Key of one record of a migration. */
export const partKey = (migrationId: MigrationId, part: string) => ({ migrationId, part });

/** Names a record of a migration for the report of a damaged one. */
export const partLocation = (table: string, migrationId: unknown, part: unknown) => ({
  table,
  key: `${migrationId}/${part}`,
});

export const CLOSED = Object.fromEntries(STATUSES.filter(isClosed).map((status) => [`:${status}`, status]));
/** Condition that a migration is open, with `#status` and the values of `CLOSED`: a closed migration never changes again. */
export const IS_OPEN = `attribute_exists(migrationId) AND NOT #status IN (${Object.keys(CLOSED).join(', ')})`;
