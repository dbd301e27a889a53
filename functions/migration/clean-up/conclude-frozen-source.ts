import { advance } from '../advance.ts';
import { compareKeys } from '../apply/compare-keys.ts';
import { type Way, wayOf } from '../apply/way.ts';
import { isSentinel } from '../capture/sentinel.ts';
import { sweepSentinels } from '../capture/sweep-sentinels.ts';
import { SourceChangedAfterFlip } from '../errors.ts';
import type { Migration } from '../migration.ts';
import type { MigrationId } from '../names.ts';
import type { Mark, Ports } from '../ports.ts';
import type { Difference, Segment } from '../segment.ts';
import { differenceOf } from '../verify/differences.ts';
import { sameFingerprint } from '../verify/fingerprint-range.ts';
import { dropsSourceTable } from './drop-source-table.ts';

/** Journal entries that the first read asks for, and of which an operator is told the number. */
const LOOKED = 5_000;
/** Keys that an operator is shown, and that are known to have been shown. */
const KEPT_FOREIGN = 1_000;

/**
 * The source still is what was flipped, so it may go (I6).
 * @throws SourceChangedAfterFlip where it isn't; nothing is deleted then.
 */
export const concludeFrozenSource = async (
  ports: Ports,
  migration: Migration,
): Promise<{ dropsTable: boolean }> => {
  const dropsTable = await dropsSourceTable(ports, migration);
  if (migration.status === 'cleaningUp') return { dropsTable };
  const way = await wayOf(ports, migration, 'forth');
  for (const { table } of [way.from, way.to]) await sweepSentinels(ports, migration, table);
  const stragglers = await noteStragglers(ports, migration, way);
  if (stragglers > 0) {
    throw new SourceChangedAfterFlip(
      `${stragglers >= LOOKED ? `${LOOKED} or more` : stragglers} keys of ${migration.source.table} were written after the flip; nothing was deleted. Look at the keys in the report (tierferry report ${migration.migrationId}), bring what is missing to the target, then retry`,
    );
  }
  const wasShown = (await ports.migrations.foreign(migration.migrationId)).differences.length > 0;
  let changed = 0;
  for await (const segment of ports.segments.list(migration.migrationId)) {
    const { kept, frozen, expiringChanged = 0, mismatch } = segment;
    const isKept = kept && frozen && sameFingerprint(kept, frozen) && expiringChanged === 0;
    // what an operator was shown, and has brought to the target since, is no reason to keep the source
    const isMended = wasShown && frozen && mismatch && holdsNothingMore(mismatch);
    if (!isKept && !isMended) changed += 1;
  }
  if (changed > 0) {
    throw new SourceChangedAfterFlip(
      `${changed} segments of ${migration.source.table} changed after the flip; nothing was deleted. Look at the keys in the report (tierferry report ${migration.migrationId}), bring what is missing to the target, then retry`,
    );
  }
  await advance(ports, migration, 'cleaningUp', 'hold over, source verified');
  return { dropsTable };
};

/** Whether the target has all that the source has; what it has beyond that, somebody has removed from the source. */
const holdsNothingMore = ({ differences, differing }: NonNullable<Segment['mismatch']>): boolean =>
  differing === differences.length && differences.every(({ kind }) => kind === 'extra');

/**
 * Writes that reached the source after the flip, also those that were undone since. An operator who has been shown them
 * and retries has seen them: only what is new stops the next attempt. Their marks stay, so that a rollback does not take
 * them for what was flipped.
 * @returns how many the operator has not been shown.
 */
const noteStragglers = async (ports: Ports, migration: Migration, way: Way): Promise<number> => {
  const { migrationId, tenantId, source } = migration;
  const late = await changesOf(ports, migrationId);
  if (late.length === 0) return 0;
  const shown = (await ports.migrations.foreign(migrationId)).differences;
  const found: Difference[] = [];
  for await (const looked of compareKeys(ports, tenantId, way, late)) {
    for (const { mark, from, to } of looked) found.push(differenceOf(mark.key, { source: from, target: to }));
  }
  const isShown = (one: Difference) =>
    shown.some(({ key, source: it }) => key === one.key && it === one.source);
  const unseen = found.filter((one) => !isShown(one)).length;
  if (unseen === 0) return 0;
  await ports.migrations.saveForeign(migrationId, found.slice(0, KEPT_FOREIGN));
  ports.metrics.put({ Stragglers: unseen }, migration);
  ports.log.warn({ migrationId, tenantId, table: source.table, items: unseen }, 'stragglers');
  return unseen;
};

/** Reads entries of the tenant's keys, `LOOKED` or more where there are so many: sentinels that came late hide none of them. */
const changesOf = async (ports: Ports, migrationId: MigrationId): Promise<readonly Mark[]> => {
  for (let limit = LOOKED; ; limit *= 2) {
    const marks = await ports.journal.marks(migrationId, 'source', limit);
    const late = marks.filter(({ key }) => !isSentinel(key));
    if (marks.length < limit || late.length >= LOOKED) return late;
  }
};
