import { isSameChecksum } from '../compare/checksum-range.ts';
import { counted } from '../counted.ts';
import { VerificationMismatch } from '../errors.ts';
import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { makeReport } from '../report/make-report.ts';
import type { Mismatch } from '../segment.ts';
import { reportReverseLostWrites } from '../verify/lost-writes.ts';
import { NOTED_SEGMENTS, noteMismatches } from '../verify/report-differences.ts';

/**
 * Ends the comparison with the target after a rollback's flip. Only then may the target be discarded (I6). Differences that
 * an earlier attempt reported do not stop the rollback again: the operator who retried has seen them.
 * @throws VerificationMismatch if a segment differs, or was not compared, or if the source has missed a write
 */
export const concludeComparisonReverse = async (ports: Ports, migration: Migration): Promise<void> => {
  const { migrationId, source, target, attempt, targetComparedAt, failure, reverseFlippedAt } = migration;
  if (targetComparedAt !== undefined) return;
  let segments = 0;
  let differing = 0;
  const mismatches: Mismatch[] = [];
  for await (const { verified, mismatch } of ports.segments.list(migrationId)) {
    segments += 1;
    if (verified?.isAfterReverseFlip && isSameChecksum(verified.source, verified.target)) continue;
    differing += 1;
    if (mismatch && mismatches.length < NOTED_SEGMENTS) mismatches.push(mismatch);
  }
  const at = ports.clock.now();
  const isKnown =
    failure?.error === 'VerificationMismatch' && failure.at >= (reverseFlippedAt ?? Number.POSITIVE_INFINITY);
  const missedWrites = await reportReverseLostWrites(ports, migration, isKnown);
  if (differing > 0 && !isKnown) {
    await noteMismatches(ports, migration, mismatches, { isAfterReverseFlip: true });
    await ports.migrations.saveReport(migrationId, await makeReport(ports, migration));
    throw new VerificationMismatch(
      `${differing} of ${segments} segments of ${target.table ?? 'the target'} differ from ${source.table}, and no change in the journal explains the differences. Nothing was deleted; the tenant lives on ${source.table}, whose values of these keys may be newer. Look at the keys in the report and decide which value of each is right before you write any. Then retry, which discards ${target.table ?? 'the target'}`,
      { facts: { migrationId, segments: differing }, next: { action: 'report', migrationId } },
    );
  }
  if (missedWrites > 0) {
    const table = target.table ?? 'the target';
    throw new VerificationMismatch(
      `${counted(missedWrites, 'key')} had another value on ${source.table} at the rollback's flip than on ${table}: ${source.table} missed writes that were acknowledged before the flip. Only ${table} has them. The application has written these keys on ${source.table} since, so its values may be newer. Nothing was deleted; the tenant lives on ${source.table}. Look at the keys in the report, decide which value of each is right, and write it through the application. Then retry, which discards ${table}`,
      { facts: { migrationId, table, keys: missedWrites }, next: { action: 'report', migrationId } },
    );
  }
  const known =
    differing > 0
      ? `; ${counted(differing, 'segment has', 'segments have')} differences that were reported before`
      : '';
  const event = {
    who: `workflow, attempt ${attempt}`,
    reason: `the target was compared with the live source${known}`,
    at,
  };
  await ports.migrations.transition(migration, migration.status, event, { targetComparedAt: at });
};
