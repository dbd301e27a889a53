import { advance } from '../advance.ts';
import { TableGone, TableNotFound } from '../errors.ts';
import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import type { Side } from '../routing/route.ts';

/**
 * Runs a step that reads the side that the last flip has left. If the table of that side was deleted by hand, nothing can be
 * compared with it, and nothing is left to clean up. The first attempt that meets this stops; once an operator has retried,
 * the migration goes on without the step. Once clean-up has begun the source was verified, and may be gone because an
 * earlier attempt has dropped it.
 * @param without what the step comes to then.
 * @throws TableGone, Conflict
 */
export const unlessGone = async <Result>(
  ports: Ports,
  migration: Migration,
  side: Side,
  step: () => Promise<Result>,
  without: () => Result | Promise<Result>,
): Promise<Result> => {
  const { attempt, status, tableGoneIn } = migration;
  const isTold = tableGoneIn !== undefined && tableGoneIn < attempt;
  // a step that reads nothing of that side would not notice
  if (isTold && (await isGone(ports, migration, side))) return without();
  try {
    return await stopIfGone(ports, migration, side, step);
  } catch (error) {
    if (error instanceof TableGone && status === 'cleaningUp') return without();
    throw error;
  }
};

/** Runs a step that cannot be left out. @throws TableGone if it does not find the table of that side. @throws Conflict */
export const stopIfGone = async <Result>(
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
      `table ${table}, which tenant ${tenantId} has left, does not exist any more: nothing can be compared with it, and no rollback can bring the tenant back to it. Nothing was changed. Restore it under its name if you need what it held; else retry: ${migrationId} ends without it`,
      { cause: error },
    );
  }
};

/** One item is asked for, and not read. */
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

/** The state machine goes on as if it had to drop the table. @throws Conflict */
export const concludeWithoutSource = async (
  ports: Ports,
  migration: Migration,
): Promise<{ dropsTable: boolean }> => {
  await advance(ports, migration, 'cleaningUp', `table ${migration.source.table} is gone: nothing to verify`);
  return { dropsTable: true };
};

/** The target that a rollback has left may be discarded: there is none. @throws Conflict */
export const concludeWithoutTarget = async (ports: Ports, migration: Migration): Promise<void> => {
  if (migration.comparedBackAt !== undefined) return;
  const at = ports.clock.now();
  const event = {
    who: `workflow, attempt ${migration.attempt}`,
    why: `table ${migration.target.table} is gone: nothing to compare`,
    at,
  };
  await ports.migrations.transition(migration, migration.status, event, { comparedBackAt: at });
};
