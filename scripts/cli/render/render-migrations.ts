import type { Migration } from '../../../functions/migration/migration.ts';
import type { Progress } from '../../../functions/migration/progress.ts';
import { viewStages } from '../watching/stage-view.ts';
import { moment } from './figures.ts';
import { indent, table } from './table.ts';

const wayOf = ({ source, target }: Migration): string => `${source.tier} to ${target.tier}`;

export const renderMigrations = (migrations: readonly Migration[]): string[] =>
  migrations.length === 0
    ? ["no migrations; request one with 'tierferry migrate'"]
    : table(
        ['migration', 'tenant', 'way', 'status', 'requested', 'by'],
        migrations.map((migration) => [
          migration.migrationId,
          migration.tenantId,
          wayOf(migration),
          migration.dryRun ? `${migration.status} (dry run)` : migration.status,
          moment(migration.requestedAt),
          migration.requestedBy,
        ]),
      );

/** Where one migration stands. */
export const renderStatus = (progress: Progress, isRunning: boolean, now: number): string[] => {
  const { migration } = progress;
  return [
    `Migration ${migration.migrationId}: tenant ${migration.tenantId}, ${wayOf(migration)}: ${migration.status.toUpperCase()}`,
    '',
    ...indent(
      table(
        undefined,
        viewStages(progress, now).map((view) => [
          `${view.number} ${view.title}`,
          view.state,
          `${Math.floor(view.fraction * 100)} %`,
          view.detail,
        ]),
        ['left', 'left', 'right'],
      ),
    ),
    '',
    ...indent(
      table(undefined, [
        ['attempt', `${migration.attempt}, ${isRunning ? 'running' : 'not running'}`],
        ['requested', `${moment(migration.requestedAt)} by ${migration.requestedBy}`],
        ...(migration.flippedAt === undefined ? [] : [['flipped', moment(migration.flippedAt)]]),
        ...(migration.failure ? [['failure', `${migration.failure.error}: ${migration.failure.cause}`]] : []),
        ...(migration.cancellation
          ? [['cancelled', `by ${migration.cancellation.by}: ${migration.cancellation.why}`]]
          : []),
      ]),
    ),
  ];
};
