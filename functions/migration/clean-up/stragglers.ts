import { compareKeys } from '../apply/compare-keys.ts';
import { wayOf } from '../apply/way.ts';
import { isSentinel } from '../capture/sentinel.ts';
import type { Migration } from '../migration.ts';
import type { Mark, NotedDifference, Ports } from '../ports.ts';
import type { Difference } from '../segment.ts';
import { differenceOf } from '../verify/differences.ts';
import { wasBeforeFence } from './before-fence.ts';
import { reportDifferences } from './report-differences.ts';

/** A source key that was written after the flip, with what both sides hold now. */
export interface Straggler extends Difference {
  /** True if both sides hold the same under this key now, or if only one side has an item and it has expired. */
  readonly isEqual: boolean;
}

/**
 * Finds writes that reached the source after the flip, including those that were undone since. If a key is equal on
 * both sides and its change was made before the fence, its journal entry is removed: the stream has delivered the
 * change again. If the sides differ the entry stays, whatever its sequence number, since a change that was captured
 * late and never applied looks the same. A full read of the journal is never taken as complete, so neither late
 * sentinels nor redelivered changes hide a straggler.
 * @param limit journal entries in the first read.
 * @param isEnough true if no more need to be read; by default once there are `limit` stragglers.
 */
export const findStragglers = async (
  ports: Ports,
  migration: Migration,
  limit: number,
  isEnough = (found: readonly Straggler[]): boolean => found.length >= limit,
): Promise<readonly Straggler[]> => {
  for (let read = limit; ; read *= 2) {
    const marks = await ports.journal.marks(migration.migrationId, 'source', read);
    const found = await stragglersAmong(ports, migration, marks);
    if (marks.length < read || isEnough(found)) return found;
  }
};

const stragglersAmong = async (
  ports: Ports,
  migration: Migration,
  marks: readonly Mark[],
): Promise<readonly Straggler[]> => {
  const { migrationId, tenantId } = migration;
  const late = marks.filter(({ key }) => !isSentinel(key));
  if (late.length === 0) return [];
  const sentinels = await ports.migrations.fenceSentinels(migrationId);
  const way = await wayOf(ports, migration, 'forth');
  // an abandoned rollback has written values of the target to the source
  const hasRolledBack = migration.rollbackStoppedIn !== undefined;
  const found: Straggler[] = [];
  const harmless: Mark[] = [];
  for await (const looked of compareKeys(ports, tenantId, way, late)) {
    for (const { mark, from, to, decision, isExpiry } of looked) {
      const isEqual = decision.kind === 'same' || isExpiry;
      if (isEqual && (hasRolledBack || wasBeforeFence(mark, sentinels))) harmless.push(mark);
      else found.push({ ...differenceOf(mark.key, { source: from, target: to }), isEqual });
    }
  }
  await ports.journal.remove(migrationId, 'source', harmless);
  return found;
};

/**
 * Reports stragglers that were not reported before, also as a metric. Their journal entries stay, so that a rollback
 * does not take their values for flipped ones.
 * @returns all stragglers reported so far.
 */
export const reportStragglers = (
  ports: Ports,
  migration: Migration,
  found: readonly Straggler[],
): Promise<readonly NotedDifference[]> => {
  const { migrationId, tenantId, source } = migration;
  return reportDifferences(ports, migration, found, (keys) => {
    ports.metrics.put({ Stragglers: keys }, migration);
    ports.log.warn({ migrationId, tenantId, table: source.table, items: keys }, 'stragglers');
    return `Stragglers: ${keys} keys of ${source.table} were written after the flip by a process that bypassed the router, or were captured late. The target does not have these writes, and its own value may be newer. See the keys: tierferry report ${migrationId}`;
  });
};
