import type { Migration } from '../../../functions/migration/migration.ts';
import { moment } from './figures.ts';
import { table } from './table.ts';

export const wayOf = ({ source, target }: Migration): string => `${source.tier} to ${target.tier}`;

/** Columns of a terminal in which times and names fit beside ids; an id tells its time by itself. */
const ROOM_FOR_REQUESTS = 120;

/** @param columns of the terminal; absent where there is none. */
export const renderMigrations = (migrations: readonly Migration[], columns?: number): string[] => {
  if (migrations.length === 0) return ["no migrations; request one with 'tierferry migrate'"];
  const hasRequests = columns === undefined || columns >= ROOM_FOR_REQUESTS;
  return table(
    ['migration', 'tenant', 'way', 'status', ...(hasRequests ? ['requested', 'by'] : [])],
    migrations.map((migration) => [
      migration.migrationId,
      migration.tenantId,
      wayOf(migration),
      standing(migration),
      ...(hasRequests ? [moment(migration.requestedAt), migration.requestedBy] : []),
    ]),
  );
};

const standing = ({ status, dryRun, paused, cutoverHeld }: Migration): string => {
  const more = [
    ...(dryRun ? ['dry run'] : []),
    ...(paused ? ['paused'] : []),
    ...(cutoverHeld ? ['held'] : []),
  ];
  return more.length > 0 ? `${status} (${more.join(', ')})` : status;
};
