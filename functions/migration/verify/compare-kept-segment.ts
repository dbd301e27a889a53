import { keepsFirstChanges } from '../capture/first-changes.ts';
import { countingFailedTry } from '../count-failed-try.ts';
import { lateCallsOut } from '../late-calls.ts';
import type { Migration, Units } from '../migration.ts';
import type { EntityKey, EpochMs, SegmentNumber } from '../names.ts';
import { PacedReads } from '../paced-reads.ts';
import type { Ports, Slice } from '../ports.ts';
import { cleanUpRecord } from '../provision/create-target-table.ts';
import { unitsSince } from '../read-range.ts';
import { resumably } from '../resumable-pass.ts';
import type { Mismatch, Segment } from '../segment.ts';
import { saveUnfinishedPass, unfinishedPass } from '../unfinished-pass.ts';
import { Differences, differenceOf, KEPT_DIFFERENCES, type Sides } from './differences.ts';
import { type ExplainedKeys, explainPairs } from './explain-pairs.ts';
import { isAfterRollback } from './is-after-rollback.ts';
import { saveVerified } from './save-verified.ts';
import { SideFingerprints } from './side-fingerprints.ts';

const POLL_SECONDS = 1;

/** Tells the state machine whether the segment's comparison has ended, or has to be repeated after a wait. */
type Settled = { readonly settled: boolean; readonly waitSeconds: number };

/** Result of a comparison with nothing left to compare. */
export const SETTLED: Settled = { settled: true, waitSeconds: 0 };

/** Compares one segment of the target with the kept source after the flip. A verified segment is not read again. */
export const compareKeptSegment = async (
  ports: Ports,
  migration: Migration,
  number: SegmentNumber,
  slice?: Slice,
): Promise<Settled> => {
  if (migration.status === 'cleaningUp') return SETTLED;
  if (migration.rollbackStoppedIn !== undefined) {
    // a worker of the abandoned rollback may still write to the source, and its unanswered writes may still arrive
    const applier = await ports.appliers.current(migration.migrationId);
    const calls = await lateCallsOut(ports, migration.migrationId, applier ? [applier] : []);
    if (!calls.out) return { settled: false, waitSeconds: calls.waitSeconds };
  }
  return compareSideLeft(ports, migration, number, false, slice);
};

/** Compares one segment of the target with the live source after a rollback's flip, before the target is discarded. */
export const compareTargetLeft = async (
  ports: Ports,
  migration: Migration,
  number: SegmentNumber,
  slice?: Slice,
): Promise<Settled> =>
  migration.comparedBackAt === undefined ? compareSideLeft(ports, migration, number, true, slice) : SETTLED;

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
const compareSideLeft = (
  ports: Ports,
  migration: Migration,
  number: SegmentNumber,
  isTargetLeft: boolean,
  slice: Slice | undefined,
): Promise<Settled> => {
  const meter = { read: 0 };
  const { migrationId } = migration;
  const reads = new PacedReads(ports, migration, slice, { endWithSlice: true });
  const used = unitsSince(meter);
  return countingFailedTry(ports, { migrationId, number, pass: 'verify' }, used, () =>
    compare(ports, migration, { number, isTargetLeft, meter, reads, used }),
  );
};

interface Comparing extends Pick<Sides, 'meter' | 'reads'> {
  readonly number: SegmentNumber;
  readonly isTargetLeft: boolean;
  /** Returns the capacity units used since the previous call. */
  readonly used: () => Units;
}

const compare = async (ports: Ports, migration: Migration, comparing: Comparing): Promise<Settled> => {
  const { migrationId, attempt } = migration;
  const { number, isTargetLeft, used } = comparing;
  const segment = await ports.segments.get(migrationId, number);
  const { verified, mismatch } = segment;
  const isValid = (of: Mismatch | typeof verified): boolean =>
    of !== undefined &&
    (of.isTargetLeft ?? false) === isTargetLeft &&
    (isTargetLeft || isAfterRollback(migration, of));
  if (isValid(verified)) return SETTLED;
  const open = new OpenKeys(isValid(mismatch) ? mismatch : undefined);
  const pass = await passOver(ports, migration, segment, comparing, open);
  // the next pass starts at the beginning of the segment
  if (pass.isResumed) await ports.segments.saveUnfinished(migrationId, number, undefined);
  const found: Mismatch = { ...pass.unexplained, ...(isTargetLeft ? { isTargetLeft } : {}) };
  if (found.differing === 0) {
    const compared = { mismatch: found, attempt, isTargetLeft };
    await saveVerified(ports, migrationId, number, pass.fingerprints, compared, used());
    return SETTLED;
  }
  const since = open.since(found) ?? ports.clock.now();
  // the segment stays unverified: a retry, after the operator has resolved the difference, compares it again
  const noted = { mismatch: { ...found, since, attempt } };
  await ports.segments.record(migrationId, number, noted, 'verify', used());
  const isLate = pass.startedAt - since >= ports.settings.captureMs;
  return isLate ? SETTLED : { settled: false, waitSeconds: POLL_SECONDS };
};

/** Result of one pass over a whole segment. */
interface ComparisonPass {
  readonly startedAt: EpochMs;
  readonly fingerprints: SideFingerprints;
  readonly unexplained: Mismatch;
  /** True if the pass began in an earlier slice. */
  readonly isResumed: boolean;
}

/** Resumes the pass at the cursor that an earlier slice saved, or begins one. @throws SegmentUnfinished once its cursor is saved */
const passOver = async (
  ports: Ports,
  migration: Migration,
  { range }: Segment,
  { number, isTargetLeft, meter, reads, used }: Comparing,
  open: OpenKeys,
): Promise<ComparisonPass> => {
  const { tenantId, source, attempt } = migration;
  const { table: target } = await cleanUpRecord(ports, migration);
  const saved = await unfinishedPass(ports, migration, number);
  const earlier = saved?.pass === 'comparison' && saved.isTargetLeft === isTargetLeft ? saved : undefined;
  const startedAt = earlier?.startedAt ?? ports.clock.now();
  const fingerprints = new SideFingerprints(ports.settings, earlier?.sides);
  const unexplained = new Differences(KEPT_DIFFERENCES, earlier?.unexplained);
  const live = isTargetLeft ? 'source' : 'target';
  const byFirstChange = hasFirstChanges(ports, migration, isTargetLeft);
  await resumably<ExplainedKeys>({
    after: earlier?.through,
    pages: (after) => {
      const rest = after === undefined ? range : { ...range, after };
      const sides = { tenantId, source: source.table, target, range: rest, meter, reads };
      return explainPairs(ports, migration, sides, live, byFirstChange);
    },
    see: async ({ explained, through }) => {
      for (const { pair, why } of explained) {
        if (why === 'same' || why === 'expired') fingerprints.add(pair);
        else fingerprints.addChanged(pair);
        if (why === 'unexplained' && open.has(pair.key)) unexplained.add(differenceOf(pair.key, pair));
      }
      return through;
    },
    save: (through) => {
      const found = { sides: fingerprints.soFar(), unexplained: unexplained.value() };
      const pass = { pass: 'comparison', attempt, through, isTargetLeft, startedAt, ...found } as const;
      return saveUnfinishedPass(ports, migration, number, pass, ['verify', used()]);
    },
  });
  return { startedAt, fingerprints, unexplained: unexplained.value(), isResumed: earlier !== undefined };
};

/** True if capture has saved the first change of each key that the application has written since the last flip. */
const hasFirstChanges = (
  { settings }: Pick<Ports, 'settings'>,
  { keptComparedAt, rollbackStoppedIn }: Migration,
  isTargetLeft: boolean,
): boolean =>
  keepsFirstChanges(settings) &&
  (isTargetLeft || (keptComparedAt === undefined && rollbackStoppedIn === undefined));

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
