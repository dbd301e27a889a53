import { lateCallsExpired } from '../claims/late-calls.ts';
import type { Slice } from '../clock-port.ts';
import { Differences, differenceOf, MAX_SAVED_DIFFERENCES, type Sides } from '../compare/differences.ts';
import { explainPairs, type PairExplanations } from '../compare/explain-pairs.ts';
import { isAfterRollback } from '../compare/is-after-rollback.ts';
import { saveVerified } from '../compare/save-verified.ts';
import { SideChecksums } from '../compare/side-checksums.ts';
import { keepsFirstChanges } from '../journal/first-changes.ts';
import type { Migration, Units } from '../migration.ts';
import type { EntityKey, EpochMs, SegmentNumber } from '../names.ts';
import { PacedReads } from '../partition/paced-reads.ts';
import { unitsSince } from '../partition/read-range.ts';
import { runResumablePass } from '../partition/resumable-pass.ts';
import type { Ports } from '../ports.ts';
import { undoRecord } from '../record/undo-record.ts';
import type { Mismatch, Segment } from '../segment.ts';
import { countUnitsOnFailure } from '../segments/count-units-on-failure.ts';
import { saveUnfinishedPass, unfinishedPass } from '../segments/unfinished-pass.ts';

const POLL_SECONDS = 1;

/** Tells the state machine whether the segment's comparison has ended, or has to be repeated after a wait. */
type SegmentComparison = { readonly done: boolean; readonly waitSeconds: number };

/** Result of a comparison with nothing left to compare. */
export const NOTHING_TO_COMPARE: SegmentComparison = { done: true, waitSeconds: 0 };

/** Compares one segment of the target with the kept source after the flip. A verified segment is not read again. */
export const compareKeptSegment = async (
  ports: Ports,
  migration: Migration,
  number: SegmentNumber,
  slice?: Slice,
): Promise<SegmentComparison> => {
  if (migration.status === 'cleaningUp') return NOTHING_TO_COMPARE;
  if (migration.rollbackStoppedIn !== undefined) {
    // a worker of the abandoned rollback may still write to the source, and its unanswered writes may still arrive
    const applier = await ports.appliers.current(migration.migrationId);
    const calls = await lateCallsExpired(ports, migration.migrationId, applier ? [applier] : []);
    if (!calls.out) return { done: false, waitSeconds: calls.waitSeconds };
  }
  return compareFormerLiveSide(ports, migration, number, false, slice);
};

/** Compares one segment of the target with the live source after a rollback's flip, before the target is discarded. */
export const compareTargetSegment = async (
  ports: Ports,
  migration: Migration,
  number: SegmentNumber,
  slice?: Slice,
): Promise<SegmentComparison> =>
  migration.targetComparedAt === undefined
    ? compareFormerLiveSide(ports, migration, number, true, slice)
    : NOTHING_TO_COMPARE;

/**
 * Compares the side that was live before the last flip with the live one. Each key that differs must have a journal entry
 * for a change on the live side since the flip. The change may still be in the stream, so the journal is read again until
 * `captureMs` after the difference was first seen. If the stream has old images, an entry without a first change explains
 * nothing: it may come from the migration's own put.
 *
 * One pass is conclusive for every key that it finds equal or explained: a later difference under such a key comes from a
 * later write. Later passes therefore check only the keys that the first pass left open, so the comparison ends even if the
 * application writes all the time.
 *
 * A pass may take several slices without losing this proof: each of its findings held at some time after the flip. `captureMs`
 * counts from the beginning of a pass, so that a slow pass waits for capture as long as a fast one does.
 * @throws SegmentUnfinished once its cursor is saved
 */
const compareFormerLiveSide = (
  ports: Ports,
  migration: Migration,
  number: SegmentNumber,
  isAfterReverseFlip: boolean,
  slice: Slice | undefined,
): Promise<SegmentComparison> => {
  const meter = { read: 0 };
  const { migrationId } = migration;
  const reads = new PacedReads(ports, migration, slice, { endWithSlice: true });
  const used = unitsSince(meter);
  return countUnitsOnFailure(ports, { migrationId, number, pass: 'verify' }, used, () =>
    compare(ports, migration, { number, isAfterReverseFlip, meter, reads, used }),
  );
};

interface ComparisonContext extends Pick<Sides, 'meter' | 'reads'> {
  readonly number: SegmentNumber;
  readonly isAfterReverseFlip: boolean;
  /** Returns the capacity units used since the previous call. */
  readonly used: () => Units;
}

const compare = async (
  ports: Ports,
  migration: Migration,
  comparing: ComparisonContext,
): Promise<SegmentComparison> => {
  const { migrationId, attempt } = migration;
  const { number, isAfterReverseFlip, used } = comparing;
  const segment = await ports.segments.get(migrationId, number);
  const { verified, mismatch } = segment;
  const isValid = (of: Mismatch | typeof verified): boolean =>
    of !== undefined &&
    (of.isAfterReverseFlip ?? false) === isAfterReverseFlip &&
    (isAfterReverseFlip || isAfterRollback(migration, of));
  if (isValid(verified)) return NOTHING_TO_COMPARE;
  const open = new OpenKeys(isValid(mismatch) ? mismatch : undefined);
  const pass = await passOver(ports, migration, segment, comparing, open);
  // the next pass starts at the beginning of the segment
  if (pass.isResumed) await ports.segments.saveUnfinished(migrationId, number, undefined);
  const found: Mismatch = { ...pass.unexplained, isAfterReverseFlip: isAfterReverseFlip ? true : undefined };
  if (found.differing === 0) {
    const compared = { mismatch: found, attempt, isAfterReverseFlip };
    await saveVerified(ports, migrationId, number, pass.checksums, compared, used());
    return NOTHING_TO_COMPARE;
  }
  const since = open.since(found) ?? ports.clock.now();
  // the segment stays unverified: a retry, after the operator has resolved the difference, compares it again
  const noted = { mismatch: { ...found, since, attempt } };
  await ports.segments.record(migrationId, number, noted, 'verify', used());
  const isLate = pass.startedAt - since >= ports.settings.captureMs;
  return isLate ? NOTHING_TO_COMPARE : { done: false, waitSeconds: POLL_SECONDS };
};

/** Result of one pass over a whole segment. */
interface ComparisonPass {
  readonly startedAt: EpochMs;
  readonly checksums: SideChecksums;
  readonly unexplained: Mismatch;
  /** True if the pass began in an earlier slice. */
  readonly isResumed: boolean;
}

/** Resumes the pass at the cursor that an earlier slice saved, or begins one. @throws SegmentUnfinished once its cursor is saved */
const passOver = async (
  ports: Ports,
  migration: Migration,
  { range }: Segment,
  { number, isAfterReverseFlip, meter, reads, used }: ComparisonContext,
  open: OpenKeys,
): Promise<ComparisonPass> => {
  const { tenantId, source, attempt } = migration;
  const { table: target } = await undoRecord(ports, migration);
  const saved = await unfinishedPass(ports, migration, number);
  const earlier =
    saved?.pass === 'comparison' && saved.isAfterReverseFlip === isAfterReverseFlip ? saved : undefined;
  const startedAt = earlier?.startedAt ?? ports.clock.now();
  const checksums = new SideChecksums(ports.settings, earlier?.sides);
  const unexplained = new Differences(MAX_SAVED_DIFFERENCES, earlier?.unexplained);
  const live = isAfterReverseFlip ? 'source' : 'target';
  const byFirstChange = hasFirstChanges(ports, migration, isAfterReverseFlip);
  await runResumablePass<PairExplanations>({
    after: earlier?.through,
    pages: (after) => {
      const rest = after === undefined ? range : { ...range, after };
      const sides = { tenantId, source: source.table, target, range: rest, meter, reads };
      return explainPairs(ports, migration, sides, live, byFirstChange);
    },
    see: async ({ explained, through }) => {
      for (const { pair, reason } of explained) {
        if (reason === 'same' || reason === 'expired') checksums.add(pair);
        else checksums.addChanged(pair);
        if (reason === 'unexplained' && open.has(pair.key)) unexplained.add(differenceOf(pair.key, pair));
      }
      return through;
    },
    save: (through) => {
      const found = { sides: checksums.soFar(), unexplained: unexplained.value() };
      const pass = { pass: 'comparison', attempt, through, isAfterReverseFlip, startedAt, ...found } as const;
      return saveUnfinishedPass(ports, migration, number, pass, ['verify', used()]);
    },
  });
  return { startedAt, checksums, unexplained: unexplained.value(), isResumed: earlier !== undefined };
};

/** True if capture has saved the first change of each key that the application has written since the last flip. */
const hasFirstChanges = (
  { settings }: Pick<Ports, 'settings'>,
  { keptComparedAt, rollbackStoppedIn }: Migration,
  isAfterReverseFlip: boolean,
): boolean =>
  keepsFirstChanges(settings) &&
  (isAfterReverseFlip || (keptComparedAt === undefined && rollbackStoppedIn === undefined));

/** Keys that an earlier pass over the segment has left open. Before the first pass every key is open. */
class OpenKeys {
  readonly #keys: ReadonlySet<EntityKey>;
  readonly #isWhole: boolean;
  readonly #since: Mismatch['since'];

  constructor(earlier: Mismatch | undefined) {
    this.#since = earlier?.since;
    this.#keys = new Set(this.#since === undefined ? [] : earlier?.differences.map(({ key }) => key));
    this.#isWhole = this.#since !== undefined && earlier?.differing === this.#keys.size;
  }

  has(key: EntityKey): boolean {
    return !this.#isWhole || this.#keys.has(key);
  }

  /** Returns when these differences were first seen. If the record could not hold all keys, one of its keys must recur. */
  since({ differences }: Mismatch): Mismatch['since'] {
    return this.#isWhole || differences.some(({ key }) => this.#keys.has(key)) ? this.#since : undefined;
  }
}
