import type { ListedMigration } from '../../../functions/migration/execution.ts';
import { isClosed, isFlipped } from '../../../functions/migration/life-cycle.ts';
import type { Migration } from '../../../functions/migration/migration.ts';
import { moment } from './figures.ts';
import { table } from './table.ts';

export const wayOf = ({ source, target }: Migration): string => `${source.tier} to ${target.tier}`;

/** Terminal width from which request times and names are shown. A migration's id contains the time, too. */
const ROOM_FOR_REQUESTS = 120;

/** @param columns width of the terminal; absent if there is none. */
export const renderMigrations = (migrations: readonly ListedMigration[], columns?: number): string[] => {
  if (migrations.length === 0) return ["no migrations; request one with 'tierferry migrate'"];
  const hasRequests = columns === undefined || columns >= ROOM_FOR_REQUESTS;
  return table(
    ['migration', 'tenant', 'tiers', 'status', ...(hasRequests ? ['requested', 'by'] : [])],
    migrations.map(({ migration, execution }) => [
      migration.migrationId,
      migration.tenantId,
      wayOf(migration),
      standing(migration, execution),
      ...(hasRequests ? [moment(migration.requestedAt), migration.requestedBy] : []),
    ]),
  );
};

/** Renders the status. Once the migration has ended, a pause or a held cutover is left out: it has no effect any more. */
const standing = (
  { status, dryRun, paused, cutoverHeld }: Migration,
  execution: ListedMigration['execution'],
): string => {
  const more = [
    ...(dryRun ? ['dry run'] : []),
    ...(paused && execution !== 'ended' ? ['paused'] : []),
    ...(cutoverHeld && !isClosed(status) && !isFlipped(status) ? ['held'] : []),
  ];
  const words = more.length > 0 ? `${status} (${more.join(', ')})` : status;
  return execution === 'stopped' ? `STOPPED, ${words}` : words;
};
