import { compareEntries } from '../apply/compare-entries.ts';
import { transferOf } from '../apply/transfer.ts';
import { differenceOf } from '../compare/differences.ts';
import type { ReportedDifference } from '../compare/foreign-writes-port.ts';
import { counted } from '../counted.ts';
import { wasBeforeFence } from '../cutover/before-fence.ts';
import { isSentinel } from '../items/sentinel.ts';
import type { JournalEntry } from '../journal/journal-port.ts';
import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import type { Difference } from '../segment.ts';
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
    const entries = await ports.journal.entries(migration.migrationId, 'source', read);
    const found = await stragglersAmong(ports, migration, entries);
    if (entries.length < read || isEnough(found)) return found;
  }
};

const stragglersAmong = async (
  ports: Ports,
  migration: Migration,
  entries: readonly JournalEntry[],
): Promise<readonly Straggler[]> => {
  const { migrationId, tenantId } = migration;
  const late = entries.filter(({ key }) => !isSentinel(key));
  if (late.length === 0) return [];
  const sentinels = await ports.migrations.fenceSentinels(migrationId);
  const transfer = await transferOf(ports, migration, 'forward');
  // an abandoned rollback has written values of the target to the source
  const hasRolledBack = migration.rollbackStoppedIn !== undefined;
  const found: Straggler[] = [];
  const harmless: JournalEntry[] = [];
  for await (const comparisons of compareEntries(ports, tenantId, transfer, late)) {
    for (const { entry, from, to, decision, isExpiry } of comparisons) {
      const isEqual = decision.kind === 'same' || isExpiry;
      if (isEqual && (hasRolledBack || wasBeforeFence(entry, sentinels))) harmless.push(entry);
      else found.push({ ...differenceOf(entry.key, { source: from, target: to }), isEqual });
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
): Promise<readonly ReportedDifference[]> => {
  const { migrationId, tenantId, source } = migration;
  return reportDifferences(ports, migration, found, (keys) => {
    ports.metrics.put({ Stragglers: keys }, migration);
    ports.log.warn({ migrationId, tenantId, table: source.table, items: keys }, 'stragglers');
    return `Stragglers: ${stragglersText(keys, Number.POSITIVE_INFINITY, source.table)} written after the flip by a process that bypassed the router, or captured late. The target does not have such a write, and its own value may be newer. The report lists the keys`;
  });
};

/** `1 key of table was`, `3 keys of table were`. @param most the number at which the search for stragglers ends */
export const stragglersText = (found: number, most: number, table: string): string =>
  found >= most
    ? `${most} or more keys of ${table} were`
    : `${counted(found, 'key')} of ${table} ${found === 1 ? 'was' : 'were'}`;
