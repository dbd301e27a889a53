import { isSameChecksum } from '../compare/checksum-range.ts';
import { isSourceContainedInTarget } from '../compare/differences.ts';
import { isAfterRollback } from '../compare/is-after-rollback.ts';
import { VerificationMismatch } from '../errors.ts';
import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import type { Mismatch } from '../segment.ts';
import { checkLostWrites } from './lost-writes.ts';
import { NOTED_SEGMENTS, noteMismatches } from './report-differences.ts';
import { findStragglers, reportStragglers } from './stragglers.ts';

/** Maximum number of the source's journal entries to read. */
const MAX_ENTRIES = 1_000;

/**
 * Ends the comparison with the kept source.
 * @throws VerificationMismatch if a segment differs or was not compared, or if the target has missed a write
 */
export const concludeComparison = async (ports: Ports, migration: Migration): Promise<void> => {
  const { migrationId, status, failure } = migration;
  // reported first: a straggler differs too, and no change of the target explains it
  if (status === 'holding')
    await reportStragglers(ports, migration, await findStragglers(ports, migration, MAX_ENTRIES));
  let segments = 0;
  let differing = 0;
  const mismatches: Mismatch[] = [];
  // an operator who retries after seeing keys that only the target has accepts the target's items
  const wasShown = failure?.error === 'VerificationMismatch';
  for await (const { verified, mismatch } of ports.segments.list(migrationId)) {
    segments += 1;
    const isValid = verified && !verified.isAfterReverseFlip && isAfterRollback(migration, verified);
    if (isValid && isSameChecksum(verified.source, verified.target)) continue;
    const isAccepted = wasShown && mismatch?.since !== undefined && isSourceContainedInTarget(mismatch);
    if (isAccepted) continue;
    differing += 1;
    if (mismatch && mismatches.length < NOTED_SEGMENTS) mismatches.push(mismatch);
  }
  if (differing > 0) {
    await noteMismatches(ports, migration, mismatches);
    throw new VerificationMismatch(
      `${differing} of ${segments} segments differ from the kept source, and no change in the journal explains the differences. Nothing was deleted; the tenant lives on the target, whose values of these keys may be newer. Look at the keys in the report and decide which value of each is right before you write any. Then retry, or roll back`,
      { facts: { migrationId, segments: differing }, next: { action: 'report', migrationId } },
    );
  }
  if (status !== 'holding') return;
  const now = ports.clock.now();
  await checkLostWrites(ports, migration);
  // set once: capture stops saving first changes then, and a key's second change must not be taken for its first
  if (migration.keptComparedAt === undefined)
    await ports.migrations.update(migration, { keptComparedAt: now });
};
