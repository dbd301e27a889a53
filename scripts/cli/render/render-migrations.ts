import { isClosed, isFlipped } from '../../../functions/migration/life-cycle.ts';
import type { Migration } from '../../../functions/migration/migration.ts';
import type { MigrationWithExecution } from '../../../functions/migration/record/execution.ts';
import { formatTime } from './figures.ts';
import { renderTable } from './text-table.ts';

export const tiersOf = ({ source, target }: Migration): string => `${source.tier} to ${target.tier}`;

/** Terminal width from which request times and names are shown. A migration's id contains the time, too. */
const REQUEST_WIDTH = 120;

/** The line in place of an empty list. */
export const NO_MIGRATIONS = "no migrations; request one with 'tierferry migrate'";
export const NO_MATCH = 'no migration matches';

/**
 * @param columns width of the terminal; absent if there is none.
 * @param none the line in place of an empty list.
 */
export const renderMigrations = (
  migrations: readonly MigrationWithExecution[],
  columns?: number,
  none = NO_MIGRATIONS,
): string[] => {
  if (migrations.length === 0) return [none];
  const hasRequests = columns === undefined || columns >= REQUEST_WIDTH;
  const tableOf = (hasTiers: boolean): string[] =>
    renderTable(
      [
        'migration',
        'tenant',
        ...(hasTiers ? ['tiers'] : []),
        'status',
        ...(hasRequests ? ['requested', 'by'] : []),
      ],
      migrations.map(({ migration, execution }) => [
        migration.migrationId,
        migration.tenantId,
        ...(hasTiers ? [tiersOf(migration)] : []),
        statusText(migration, execution),
        ...(hasRequests ? [formatTime(migration.requestedAt), migration.requestedBy] : []),
      ]),
    );
  const table = tableOf(true);
  const isTooWide = columns !== undefined && table.some((line) => line.length > columns);
  // a line that wraps is harder to read than one without the tiers, which 'status <migration>' shows
  return isTooWide ? tableOf(false) : table;
};

/** Renders the status. Once the migration has ended, a pause or a held cutover is left out: it has no effect any more. */
const statusText = (
  { status, dryRun, paused, cutoverHeld }: Migration,
  execution: MigrationWithExecution['execution'],
): string => {
  const more = [
    ...(dryRun ? ['dry run'] : []),
    ...(paused && execution !== 'ended' ? ['paused'] : []),
    ...(cutoverHeld && !isClosed(status) && !isFlipped(status) ? ['held'] : []),
  ];
  const words = more.length > 0 ? `${status} (${more.join(', ')})` : status;
  return execution === 'stopped' ? `STOPPED, ${words}` : words;
};
