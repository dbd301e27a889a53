import type { Migration, MigrationRow, Queue } from '../../api/schema.ts';

/** A migration that has been admitted and has not ended. */
export type OpenMigration = Migration & { readonly execution?: MigrationRow['execution'] };

/** Returns the migrations under way, each once: those before the flip from the queue, the others from their lists. */
export const openMigrations = (queue: Queue, lists: readonly MigrationRow[]): readonly OpenMigration[] => {
  const all: readonly OpenMigration[] = [
    ...queue.stopped.map((migration) => ({ ...migration, execution: 'stopped' as const })),
    ...queue.running.map(({ migration }) => migration),
    ...lists,
  ];
  const byId = new Map<string, OpenMigration>();
  for (const migration of all)
    if (!migration.dryRun && !byId.has(migration.migrationId)) byId.set(migration.migrationId, migration);
  return [...byId.values()].sort((a, b) => Date.parse(b.requestedAt) - Date.parse(a.requestedAt));
};
