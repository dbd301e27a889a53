import { TableGone, TableNotFound } from '../errors.ts';
import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { advance } from '../record/advance.ts';
import type { Side } from '../route/route.ts';

/**
 * Runs a step that reads the side left by the last flip. If that table was deleted by hand, there is nothing to compare
 * or to clean up. The first attempt that finds this stops. Once an operator has retried, the migration continues
 * without the step. After clean-up has begun the source was verified, and may be gone because an earlier attempt has
 * dropped it.
 * @param without returns the result in place of the step's.
 * @throws TableGone, Conflict
 */
export const skipIfTableGone = async <Result>(
  ports: Ports,
  migration: Migration,
  side: Side,
  step: () => Promise<Result>,
  without: () => Result | Promise<Result>,
): Promise<Result> => {
  const { attempt, status, tableGoneIn } = migration;
  const isKnown = tableGoneIn !== undefined && tableGoneIn < attempt;
  // a step that does not read that side would not notice
  if (isKnown && (await isGone(ports, migration, side))) return without();
  try {
    return await stopIfTableGone(ports, migration, side, step);
  } catch (error) {
    if (error instanceof TableGone && status === 'cleaningUp') return without();
    throw error;
  }
};

/**
 * Runs a step that cannot be skipped.
 * @throws TableGone if the table of that side does not exist.
 * @throws Conflict
 */
export const stopIfTableGone = async <Result>(
  ports: Ports,
  migration: Migration,
  side: Side,
  step: () => Promise<Result>,
): Promise<Result> => {
  try {
    return await step();
  } catch (error) {
    const { table } = migration[side];
    if (!(error instanceof TableNotFound) || table === undefined || error.table !== table) throw error;
    const { migrationId, tenantId, attempt, tableGoneIn } = migration;
    if (tableGoneIn === undefined) await ports.migrations.update(migration, { tableGoneIn: attempt });
    throw new TableGone(
      `table ${table}, which tenant ${tenantId} has left, no longer exists. Nothing can be compared with it, and no rollback can return the tenant to it. Nothing was changed. Restore it under its name if you need what it held. Otherwise retry: ${migrationId} continues without it`,
      { cause: error },
    );
  }
};

/** True if the table does not exist. Counts one item without reading any. */
const isGone = async (ports: Ports, migration: Migration, side: Side): Promise<boolean> => {
  const { table } = migration[side];
  if (table === undefined) return false;
  try {
    await ports.partition(migration.tenantId).count(table, {}, 1);
    return false;
  } catch (error) {
    if (error instanceof TableNotFound) return true;
    throw error;
  }
};

/** Returns that a table is to be dropped, so that the state machine takes that branch. @throws Conflict */
export const concludeWithoutSource = async (
  ports: Ports,
  migration: Migration,
): Promise<{ dropsTable: boolean }> => {
  await advance(
    ports,
    migration,
    'cleaningUp',
    `table ${migration.source.table} does not exist: nothing to verify`,
  );
  return { dropsTable: true };
};

/** Records that the target left by a rollback may be discarded, because it no longer exists. @throws Conflict */
export const concludeWithoutTarget = async (ports: Ports, migration: Migration): Promise<void> => {
  if (migration.targetComparedAt !== undefined) return;
  const at = ports.clock.now();
  const event = {
    who: `workflow, attempt ${migration.attempt}`,
    reason: `table ${migration.target.table} does not exist: nothing to compare`,
    at,
  };
  await ports.migrations.transition(migration, migration.status, event, { targetComparedAt: at });
};
