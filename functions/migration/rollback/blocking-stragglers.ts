import { StragglersFound } from '../errors.ts';
import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { findStragglers, reportStragglers, type Straggler, stragglersText } from '../verify/stragglers.ts';

/** Number of differing stragglers after which reading stops; the error then says "or more". To discard them, all are read. */
const MAX_STRAGGLERS = 5_000;
/** Maximum number of keys that the error carries for the operator. */
const MAX_SHOWN_KEYS = 20;

/**
 * Returns the stragglers that a rollback would lose or stop at: those under whose keys the sides differ. Reports all
 * stragglers first.
 * @param discard true if the operator accepts that the target's values replace the source's.
 * @throws StragglersFound unless `discard` is true
 */
export const findBlockingStragglers = async (
  ports: Ports,
  migration: Migration,
  discard: boolean,
): Promise<readonly Straggler[]> => {
  const { migrationId, source, target } = migration;
  const thatDiffer = (found: readonly Straggler[]) => found.filter(({ isEqual }) => !isEqual);
  const all = await findStragglers(
    ports,
    migration,
    MAX_STRAGGLERS,
    (found) => !discard && thatDiffer(found).length >= MAX_STRAGGLERS,
  );
  await reportStragglers(ports, migration, all);
  const differing = thatDiffer(all);
  if (differing.length === 0 || discard) return differing;
  throw new StragglersFound(
    `Cannot roll back ${migrationId}: ${stragglersText(differing.length, MAX_STRAGGLERS, source.table)} written after the flip with values that differ from the target's. Nothing was changed; the tenant lives on ${target.table}. Either side's value may be newer: compare the keys in the report. For each key whose source value is right, write that value through the application. Then roll back again; a rollback that discards the stragglers keeps the target's values of all keys that still differ`,
    differing.slice(0, MAX_SHOWN_KEYS).map(({ key }) => key),
    {
      facts: { migrationId, table: source.table, keys: differing.length },
      next: { action: 'report', migrationId },
    },
  );
};

/** Journals these keys as changed on the target, so that the rollback applies the target's values to the source. */
export const discardStragglers = async (
  ports: Ports,
  { migrationId }: Migration,
  stragglers: readonly Straggler[],
): Promise<void> => {
  if (stragglers.length === 0) return;
  const changes = stragglers.map(({ key }) => ({ key, sequence: 'discarded' }));
  await ports.journal.addEntries(migrationId, 'target', changes);
};
