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

/** What the state machine does next: the segment is settled, or is compared again after a wait. */
type Settled = { readonly settled: boolean; readonly waitSeconds: number };

/** Nothing is left to compare. */
export const SETTLED: Settled = { settled: true, waitSeconds: 0 };

/** Compares the target with the kept source after the flip. A segment that was verified before is not read again. */
export const compareKeptSegment = async (
  ports: Ports,
  migration: Migration,
  number: SegmentNumber,
  slice?: Slice,
): Promise<Settled> => {
  if (migration.status === 'cleaningUp') return SETTLED;
  if (migration.rollbackStoppedIn !== undefined) {
    // a worker of the rollback may still write to the source, and a write that it has given up may still arrive
    const applier = await ports.appliers.current(migration.migrationId);
    const calls = await lateCallsOut(ports, migration.migrationId, applier ? [applier] : []);
    if (!calls.out) return { settled: false, waitSeconds: calls.waitSeconds };
  }
  return compareSideLeft(ports, migration, number, false, slice);
};

/** Compares the target that a rollback has left with the live source, before any of it is discarded. */
export const compareTargetLeft = async (
  ports: Ports,
  migration: Migration,
  number: SegmentNumber,
  slice?: Slice,
): Promise<Settled> =>
  migration.comparedBackAt === undefined ? compareSideLeft(ports, migration, number, true, slice) : SETTLED;

/**
 * Compares the side that a flip has left with the live one. A key on which they differ must be journalled as changed on
 * the live side since. A change may still be on its way through the stream, so the journal is asked again until `captureMs`
 * after the difference was first seen. If the stream tells what was there before a change, an entry without a first change may
 * be our own put, and explains nothing. One pass over the segment proves every key that it finds equal or explained: what
 * differs under such a key later was written later. So only the keys that the first pass left open are asked for again,
 * and a tenant that writes all the time does not keep the comparison from ending.
 *
 * A pass may take several slices, and proves the same: what it has found of a key was so after the flip. A key that it left open
 * counts as looked for in the journal when the pass began, so a slow pass waits for capture no less than a fast one.
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
  /** Returns the units that have been used since it was asked before. */
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
  // the next pass begins at the segment's beginning
  if (pass.isResumed) await ports.segments.saveUnfinished(migrationId, number, undefined);
  const found: Mismatch = { ...pass.unexplained, ...(isTargetLeft ? { isTargetLeft } : {}) };
  if (found.differing === 0) {
    const compared = { mismatch: found, attempt, isTargetLeft };
    await saveVerified(ports, migrationId, number, pass.fingerprints, compared, used());
    return SETTLED;
  }
  const since = open.since(found) ?? ports.clock.now();
  // it stays unverified: it is compared again when the operator has mended it and retries
  const noted = { mismatch: { ...found, since, attempt } };
  await ports.segments.record(migrationId, number, noted, 'verify', used());
  const isLate = pass.startedAt - since >= ports.settings.captureMs;
  return isLate ? SETTLED : { settled: false, waitSeconds: POLL_SECONDS };
};

/** Findings of one pass over a whole segment. */
interface ComparisonPass {
  readonly startedAt: EpochMs;
  readonly fingerprints: SideFingerprints;
  readonly unexplained: Mismatch;
  /** True if an earlier slice has begun it. */
  readonly isResumed: boolean;
}

/** Goes on with a pass where an earlier slice has stopped, or begins one. @throws SegmentUnfinished once its cursor is saved */
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

/** True if capture has saved the first change of each key that the application wrote since the flip, or since the flip back. */
const hasFirstChanges = (
  { settings }: Pick<Ports, 'settings'>,
  { keptComparedAt, rollbackStoppedIn }: Migration,
  isTargetLeft: boolean,
): boolean =>
  keepsFirstChanges(settings) &&
  (isTargetLeft || (keptComparedAt === undefined && rollbackStoppedIn === undefined));

/** Keys that an earlier pass over the segment has left open; before the first pass, every key is open. */
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

  /** Since when these differences are open. If the record could not hold all keys, one of them must be among these. */
  since({ differences }: Mismatch): Mismatch['since'] {
    return this.#isWhole || differences.some(({ key }) => this.#keys.has(key)) ? this.#since : undefined;
  }
}
