import { transferOf } from '../apply/transfer.ts';
import { isSameChecksum } from '../compare/checksum-range.ts';
import { isSourceContainedInTarget } from '../compare/differences.ts';
import { counted } from '../counted.ts';
import { type ErrorDetails, type ErrorFacts, SourceChangedAfterFlip } from '../errors.ts';
import { deleteLeftSentinels } from '../journal/delete-left-sentinels.ts';
import type { Migration } from '../migration.ts';
import { holdsAnyItem } from '../partition/holds-any-item.ts';
import type { Ports } from '../ports.ts';
import { dropsSourceTable } from '../provision/drops-source-table.ts';
import { advance } from '../record/advance.ts';
import { checkLostWrites } from '../verify/lost-writes.ts';
import { isFull, unknownAmong } from '../verify/report-differences.ts';
import { findStragglers, reportStragglers, type Straggler, stragglersText } from '../verify/stragglers.ts';

/** Number of stragglers after which no more are read; an operator is told that there are as many or more. */
const MAX_STRAGGLERS = 5_000;

/**
 * Checks that the source still is what was flipped, so it may be deleted (I6).
 * @throws SourceChangedAfterFlip if it is not; nothing is deleted then.
 * @throws VerificationMismatch for missed writes.
 */
export const concludeKeptSource = async (
  ports: Ports,
  migration: Migration,
): Promise<{ dropsTable: boolean }> => {
  const dropsTable = await dropsSourceTable(ports, migration);
  if (migration.status === 'cleaningUp') return { dropsTable };
  const transfer = await transferOf(ports, migration, 'forward');
  for (const { table } of [transfer.from, transfer.to]) await deleteLeftSentinels(ports, migration, table);
  const stragglers = await unknownStragglers(ports, migration);
  if (stragglers > 0) {
    throw new SourceChangedAfterFlip(
      `${stragglersText(stragglers, MAX_STRAGGLERS, migration.source.table)} written after the flip. Nothing was deleted. ${DECIDE}`,
      detailsOf(migration, { keys: stragglers }),
    );
  }
  await checkLostWrites(ports, migration);
  const wasShown =
    migration.failure?.error === 'SourceChangedAfterFlip' ||
    (await ports.migrations.foreign(migration.migrationId)).differences.length > 0;
  let changed = 0;
  for await (const segment of ports.segments.list(migration.migrationId)) {
    const { kept, keptAfterHold, expiringChanged = 0, mismatch } = segment;
    const isKept = kept && keptAfterHold && isSameChecksum(kept, keptAfterHold) && expiringChanged === 0;
    // keys that an operator was shown, and has brought to the target since or deleted from the source, no longer keep
    // the source
    const isMended = wasShown && keptAfterHold && mismatch && isSourceContainedInTarget(mismatch);
    if (!isKept && !isMended) changed += 1;
  }
  if (changed > 0) {
    throw new SourceChangedAfterFlip(
      `${counted(changed, 'segment')} of ${migration.source.table} changed after the flip. Nothing was deleted. ${DECIDE}`,
      detailsOf(migration, { segments: changed }),
    );
  }
  await advance(ports, migration, 'cleaningUp', 'hold over, source verified');
  return { dropsTable };
};

/** Either side may be newer; only the application's owner can decide. */
const DECIDE =
  'The target is live, and its value of such a key may be newer. Look at the keys in the report and decide for each which value is right; write to the target only what it lacks. Then retry';

const detailsOf = ({ migrationId, source }: Migration, facts: ErrorFacts): ErrorDetails => ({
  facts: { ...facts, migrationId, table: source.table },
  next: { action: 'report', migrationId },
});

/**
 * Counts the stragglers that no operator knows of. A source that was emptied by hand has more of them than a report
 * holds. An operator who was shown a full report and has retried accepts the other deletions, since the source has no
 * item under those keys.
 */
const unknownStragglers = async (ports: Ports, migration: Migration): Promise<number> => {
  const { migrationId, tenantId, attempt, source } = migration;
  const { differences: before } = await ports.migrations.foreign(migrationId);
  const acceptsDeletions = isFull(before) && before.every((one) => one.attempt !== attempt);
  if (acceptsDeletions && !(await holdsAnyItem(ports.partition(tenantId), source.table))) return 0;
  // entries of deleted keys that fill a read must not hide a key that the source has
  const isEnough = (found: readonly Straggler[]) => found.filter(isOnSource).length >= MAX_STRAGGLERS;
  const found = await findStragglers(
    ports,
    migration,
    MAX_STRAGGLERS,
    acceptsDeletions ? isEnough : undefined,
  );
  const unknown = unknownAmong(found, await reportStragglers(ports, migration, found), attempt);
  return acceptsDeletions ? unknown.filter(isOnSource).length : unknown.length;
};

const isOnSource = ({ source }: Straggler): boolean => source !== undefined;
