import { createHash } from 'node:crypto';
import { indexNotes } from '../indexes/index-check.ts';
import { ChecksumBuilder } from '../items/checksum.ts';
import { type Migration, STAGES, type Stage, type Units } from '../migration.ts';
import { epochMs, readUnits, type WriteUnits, writeUnits } from '../names.ts';
import type { Ports } from '../ports.ts';
import { reasonLine } from '../reason.ts';
import { operatorWaitMs } from '../record/operator-wait.ts';
import { undoneBy } from '../record/undone-by.ts';
import type { Checksum, Difference, Segment } from '../segment.ts';
import type { Report } from './report.ts';

const MS = 1_000;
const MAX_REPORTED_DIFFERENCES = 1_000;
/** Maximum number of keys written by other processes in a report. */
export const MAX_REPORTED_FOREIGN_WRITES = 100;
const MAX_REPORTED_PAST_LEASES = 100;

/** Makes the migration's report from its records, with the segments' results added up. */
export const makeReport = async (ports: Ports, migration: Migration): Promise<Report> => {
  const totals = new Totals();
  for await (const segment of ports.segments.list(migration.migrationId)) totals.add(segment);
  const plan = await ports.migrations.plan(migration.migrationId);
  const checks = await ports.migrations.indexChecks(migration.migrationId);
  const indexes = checks?.checkedAt === undefined ? undefined : checks.indexes;
  const closedAt = ports.clock.now();
  const report: Omit<Report, 'sha256'> = {
    migrationId: migration.migrationId,
    tenantId: migration.tenantId,
    outcome: migration.status,
    attempts: migration.attempt,
    source: migration.source,
    target: migration.target,
    ...totals.comparison(),
    differences: totals.differences,
    differing: totals.differing,
    foreign: (await ports.migrations.foreign(migration.migrationId)).differences
      .slice(0, MAX_REPORTED_FOREIGN_WRITES)
      .map(({ attempt: _, isAfterReverseFlip: __, ...difference }) => difference),
    ...(await pastLeases(ports, migration)),
    cutovers: migration.cutovers,
    durations: durations(migration, closedAt),
    units: {
      ...totals.units,
      apply: writeUnitsOnly(migration.applyWriteUnits),
      discard: writeUnitsOnly(migration.discardWriteUnits),
    },
    predicted: plan && predicted(plan),
    indexes,
    notes: [...notes(migration), ...indexNotes({ indexes: indexes ?? [] }, ports.settings.indexCheck)],
    closedAt: new Date(closedAt).toISOString(),
  };
  return { ...report, sha256: reportSha256(report) };
};

const pastLeases = async (ports: Ports, { migrationId }: Migration): Promise<Pick<Report, 'pastLeases'>> => {
  const keys = await ports.migrations.keysPastLeases(migrationId);
  return keys.length === 0
    ? {}
    : { pastLeases: { keys: keys.slice(0, MAX_REPORTED_PAST_LEASES), total: keys.length } };
};

const writeUnitsOnly = (write: WriteUnits = writeUnits(0)): Units => ({ read: readUnits(0), write });

/** Returns the SHA-256 of a report without its `sha256` field, over JSON with sorted keys. Anyone with the report can verify it. */
const reportSha256 = (report: Omit<Report, 'sha256'>): string =>
  createHash('sha256')
    .update(
      JSON.stringify(report, (_, value) =>
        isRecord(value) ? Object.fromEntries(Object.entries(value).sort(byName)) : value,
      ),
    )
    .digest('hex');

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const byName = ([a]: [string, unknown], [b]: [string, unknown]) => (a < b ? -1 : 1);

class Totals {
  readonly units: Record<keyof Segment['units'], Units> = {
    survey: none,
    copy: none,
    verify: none,
    cleanUp: none,
  };
  readonly differences: Difference[] = [];
  differing = 0;
  private readonly source = new ChecksumBuilder();
  private readonly target = new ChecksumBuilder();
  private readonly kept = new ChecksumBuilder();
  private readonly keptAfterHold = new ChecksumBuilder();
  private changed = 0;
  private segments = 0;
  private verifiedSegments = 0;
  private keptSegments = 0;
  private keptExpiring = 0;
  private keptAfterHoldSegments = 0;

  add(segment: Segment): void {
    this.segments += 1;
    for (const pass of PASSES) this.units[pass] = sum(this.units[pass], segment.units[pass]);
    if (segment.verified) {
      this.verifiedSegments += 1;
      this.source.merge(segment.verified.source);
      this.target.merge(segment.verified.target);
      this.changed += segment.verified.changed;
    }
    if (segment.kept) {
      this.keptSegments += 1;
      this.kept.merge(segment.kept);
      this.keptExpiring += segment.keptExpiring ?? 0;
    }
    if (segment.keptAfterHold) {
      this.keptAfterHoldSegments += 1;
      this.keptAfterHold.merge(segment.keptAfterHold);
    }
    this.differing += segment.mismatch?.differing ?? 0;
    this.differences.push(
      ...(segment.mismatch?.differences ?? []).slice(0, MAX_REPORTED_DIFFERENCES - this.differences.length),
    );
  }

  /** Returns only results that cover all segments: a part of them proves nothing about the tenant. */
  comparison(): {
    verified?: { source: Checksum; target: Checksum; changed: number };
    keptSource?: NonNullable<Report['keptSource']>;
  } {
    const isWhole = (n: number) => this.segments > 0 && n === this.segments;
    return {
      verified: isWhole(this.verifiedSegments)
        ? { source: this.source.value(), target: this.target.value(), changed: this.changed }
        : undefined,
      keptSource: isWhole(this.keptSegments)
        ? {
            atFlip: this.kept.value(),
            afterHold: isWhole(this.keptAfterHoldSegments) ? this.keptAfterHold.value() : undefined,
            expiringItems: this.keptExpiring,
          }
        : undefined,
    };
  }
}

const PASSES = ['survey', 'copy', 'verify', 'cleanUp'] as const;
const none: Units = { read: readUnits(0), write: writeUnits(0) };
const sum = (a: Units, b: Units): Units => ({
  read: readUnits(a.read + b.read),
  write: writeUnits(a.write + b.write),
});

const durations = (migration: Migration, now: number): Report['durations'] => {
  const stages: Partial<Record<Stage, number>> = {};
  for (const stage of STAGES) {
    const { startedAt, endedAt } = migration.stages[stage] ?? {};
    // changes were still applied and compared
    if (stage === 'copy' && migration.stages.registry === undefined) continue;
    if (startedAt !== undefined && endedAt !== undefined) stages[stage] = endedAt - startedAt;
  }
  const { flippedAt, fences } = migration;
  const startedAt = migration.stages.provision?.startedAt ?? migration.requestedAt;
  const waitedMs = operatorWaitMs(migration, epochMs(flippedAt ?? now));
  return {
    ...stages,
    toFlipMs: flippedAt === undefined ? undefined : flippedAt - startedAt - waitedMs,
    operatorWaitMs: waitedMs === 0 ? undefined : waitedMs,
    fenceMs: fences?.forwardMs,
    reverseFenceMs: fences?.reverseMs,
    fencedMs: fences?.totalMs ?? 0,
    totalMs: now - startedAt,
  };
};

const predicted = (
  plan: NonNullable<Awaited<ReturnType<Ports['migrations']['plan']>>>,
): NonNullable<Report['predicted']> => ({
  items: plan.items,
  toFlipMs: plan.estimate.seconds * MS,
  readUnits: plan.estimate.readUnits,
  writeUnits: plan.estimate.writeUnits,
  fenceMs: plan.estimate.fenceMs,
});

const notes = (migration: Migration): string[] => [
  ...(migration.finalBackup ? [`final backup of ${migration.source.table}: ${migration.finalBackup}`] : []),
  ...(migration.failure && !isCancellation(migration)
    ? [`${isMended(migration) ? 'an earlier attempt stopped' : 'failed'}: ${reasonLine(migration.failure)}`]
    : []),
  ...(migration.cancellation ? [`${undoneBy(migration)}: ${migration.cancellation.reason}`] : []),
];

/** True if what ended the attempt was the operator's cancellation, which has a note of its own. */
const isCancellation = ({ failure, cancellation }: Migration): boolean =>
  cancellation !== undefined && failure?.error === 'MigrationCancelled';

/** True if the failure was overcome by a retry: the migration has completed. */
const isMended = ({ status }: Migration): boolean => status === 'completed';
