import type { ReportedDifference } from '../compare/foreign-writes-port.ts';
import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { MAX_REPORTED_FOREIGN_WRITES, makeReport } from '../report/make-report.ts';
import type { Difference, Mismatch } from '../segment.ts';

type SweepFinding = Difference & Pick<ReportedDifference, 'isAfterReverseFlip'>;

/** Maximum number of differences in a migration's record. Only these are known to have been reported. */
const MAX_REPORTED = 1_000;
/** Maximum number of differing segments whose keys are noted: the record holds no more keys. */
export const NOTED_SEGMENTS = MAX_REPORTED;

/**
 * Reports differences that were not reported before, in the audit trail and, with their keys, in the migration's
 * report.
 * @param reason returns the event's text for a number of keys.
 * @returns all differences reported so far, those of this call last.
 */
export const reportDifferences = async (
  ports: Ports,
  migration: Migration,
  found: readonly SweepFinding[],
  reason: (keys: number) => string,
): Promise<readonly ReportedDifference[]> => {
  const { migrationId, status, attempt } = migration;
  const { differences: before, mismatches } = await ports.migrations.foreign(migrationId);
  const isReported = reportedIn(before);
  const news = found
    .filter((one) => !isReported(one))
    .slice(0, Math.max(0, MAX_REPORTED - before.length))
    .map((one) => noted(one, attempt));
  if (news.length === 0) {
    if (found.length > 0) await saveMissingReport(ports, migration, before);
    return before;
  }
  const all = [...before, ...news];
  const event = { who: `workflow, attempt ${attempt}`, reason: reason(news.length), at: ports.clock.now() };
  const reported = await ports.migrations.transition(migration, status, event);
  await ports.migrations.saveForeign(migrationId, {
    differences: all,
    mismatches,
  });
  await ports.migrations.saveReport(migrationId, await makeReport(ports, reported));
  return all;
};

/**
 * Notes the differences that stop this attempt, so that a later check recognises their keys. An operator who follows the
 * advice writes the right value through the application, and that write then looks like the first sign of a missed write.
 * @param found what differs on each segment.
 */
export const noteMismatches = async (
  ports: Ports,
  { migrationId, attempt }: Migration,
  found: readonly Mismatch[],
  side: Pick<ReportedDifference, 'isAfterReverseFlip'> = {},
): Promise<void> => {
  const before = await ports.migrations.foreign(migrationId);
  const mismatches = before.mismatches ?? [];
  const isNoted = reportedIn(mismatches);
  const news = found
    .flatMap(({ differences }) => differences)
    .map((difference) => ({ ...difference, ...side }))
    .filter((one) => !isNoted(one))
    .slice(0, Math.max(0, MAX_REPORTED - mismatches.length))
    .map((one) => noted(one, attempt));
  if (news.length === 0) return;
  await ports.migrations.saveForeign(migrationId, { ...before, mismatches: [...mismatches, ...news] });
};

/** Returns the differences that did not stop an earlier attempt as mismatches of a comparison. */
export const withoutMismatches = async <One extends SweepFinding>(
  ports: Ports,
  { migrationId, attempt }: Migration,
  found: readonly One[],
): Promise<readonly One[]> => {
  if (found.length === 0) return found;
  const { mismatches = [] } = await ports.migrations.foreign(migrationId);
  return unknownAmong(found, mismatches, attempt);
};

const noted = (
  { key, kind, source, target, isAfterReverseFlip }: SweepFinding,
  attempt: Migration['attempt'],
): ReportedDifference => ({
  key,
  kind,
  source,
  target,
  isAfterReverseFlip,
  attempt,
});

/**
 * Saves the report for keys that another process, or an earlier run that died, has recorded without saving the report.
 */
const saveMissingReport = async (
  ports: Ports,
  { migrationId }: Migration,
  reported: readonly ReportedDifference[],
): Promise<void> => {
  const shown = (await ports.migrations.report(migrationId))?.foreign.length ?? 0;
  if (shown >= Math.min(reported.length, MAX_REPORTED_FOREIGN_WRITES)) return;
  const now = await ports.migrations.get(migrationId);
  if (now) await ports.migrations.saveReport(migrationId, await makeReport(ports, now));
};

/**
 * Returns the differences that no operator knows of. An operator who has retried since an attempt reported a difference
 * knows it. So only a new difference stops the next attempt.
 */
export const unknownAmong = <One extends SweepFinding>(
  found: readonly One[],
  reported: readonly ReportedDifference[],
  attempt: Migration['attempt'],
): readonly One[] => {
  const reportOf = reportedIn(reported);
  return found.filter((one) => {
    const known = reportOf(one);
    return known === undefined || known.attempt === attempt;
  });
};

/** Returns the number of differences that no operator knows of. */
export const countUnknown = (...given: Parameters<typeof unknownAmong>): number =>
  unknownAmong(...given).length;

/** True if the record can hold no more keys. No operator can know of further ones. */
export const isFull = (reported: readonly ReportedDifference[]): boolean => reported.length >= MAX_REPORTED;

/**
 * Returns a function that finds the reported difference with the same key and value of the side that was left, if any.
 */
const reportedIn = (
  reported: readonly ReportedDifference[],
): ((one: SweepFinding) => ReportedDifference | undefined) => {
  const values = new Map(reported.map((one) => [identityOf(one), one]));
  return (one) => values.get(identityOf(one));
};

const identityOf = ({ key, source = '', target = '', isAfterReverseFlip }: SweepFinding): string =>
  isAfterReverseFlip ? `target ${target}#${key}` : `${source}#${key}`;
