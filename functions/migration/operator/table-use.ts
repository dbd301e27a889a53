import { fallbackIfDamaged } from '../fallback-if-damaged.ts';
import type { Migration } from '../migration.ts';
import type { TableName } from '../names.ts';
import type { Ports } from '../ports.ts';

/** Capacity units per second that the limits of the migrations working on a table allow them to use together. */
export interface TableUse {
  /** Number of these migrations. */
  readonly migrations: number;
  readonly read: number;
  /** Null if one of them writes without a limit. */
  readonly write: number | null;
}

/** Statuses without an admission slot in which a migration works on its tables. A hold only waits. */
const WORKING_AFTER_FLIP = ['cleaningUp', 'rollingBack'] as const;

/** Returns the migrations that work on their tables now: neither queued, nor paused, nor in their hold. */
export const listWorking = async (ports: Ports): Promise<readonly Migration[]> => {
  const { admitted } = await fallbackIfDamaged(ports.admissions.current(), { admitted: [] });
  const working = new Map<string, Migration>();
  const add = (migration: Migration | undefined): void => {
    if (migration && migration.paused !== true) working.set(migration.migrationId, migration);
  };
  const found = await Promise.all(
    admitted.map(({ migrationId }) => fallbackIfDamaged(ports.migrations.get(migrationId), undefined)),
  );
  for (const migration of found) add(migration);
  for (const status of WORKING_AFTER_FLIP)
    for await (const migration of ports.migrations.list({ status })) add(migration);
  return [...working.values()];
};

/** True if a migration in this status writes the tenant's items to this side. */
const isWritten = (side: 'source' | 'target', status: Migration['status']): boolean => {
  if (status === 'rollingBack') return true;
  return side === 'source' ? status === 'cleaningUp' : status !== 'cleaningUp';
};

/** Adds up the limits of migrations by table. A migration has its limits on each of its two tables. */
export const tableUses = (
  { settings }: Pick<Ports, 'settings'>,
  working: readonly Migration[],
): ReadonlyMap<TableName, TableUse> => {
  const uses = new Map<TableName, TableUse>();
  for (const migration of working)
    for (const side of ['source', 'target'] as const) {
      const { table } = migration[side];
      if (table === undefined) continue;
      const { migrations, read, write } = uses.get(table) ?? { migrations: 0, read: 0, write: 0 };
      const added = isWritten(side, migration.status) ? (migration.writeUnitsPerSecond ?? null) : 0;
      uses.set(table, {
        migrations: migrations + 1,
        read: read + (migration.readUnitsPerSecond ?? settings.readUnitsPerSecond),
        write: write === null || added === null ? null : write + added,
      });
    }
  return uses;
};
