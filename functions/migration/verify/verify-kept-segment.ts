import type { Slice } from '../clock-port.ts';
import { isSameChecksum } from '../compare/checksum-range.ts';
import { Differences, differenceOf, MAX_SAVED_DIFFERENCES } from '../compare/differences.ts';
import { explainPairs, type PairExplanations } from '../compare/explain-pairs.ts';
import type { Migration, Units } from '../migration.ts';
import type { SegmentNumber } from '../names.ts';
import { PacedReads } from '../partition/paced-reads.ts';
import { type Meter, unitsSince } from '../partition/read-range.ts';
import { runResumablePass } from '../partition/resumable-pass.ts';
import type { Ports } from '../ports.ts';
import { undoRecord } from '../record/undo-record.ts';
import type { Segment, UnfinishedDifferences } from '../segment.ts';
import { countUnitsOnFailure } from '../segments/count-units-on-failure.ts';
import { saveUnfinishedPass, unfinishedPass } from '../segments/unfinished-pass.ts';
import { readKeptSource } from './read-kept-source.ts';

/**
 * Reads one segment of the kept source again after the hold, and compares it with its checksum at the flip. If they differ,
 * the keys on which source and target differ are saved for the report. Items that may expire are compared one by one: those
 * that remain must have their values of the flip. Once the clean-up has begun it does nothing, since the source shrinks then.
 *
 * Each of the two passes may take several slices. A write behind the cursor meanwhile is found by the clean-up, which reads
 * the source once more and deletes only verified items, or is journalled as a straggler.
 * @throws SegmentUnfinished once its cursor is saved
 */
export const verifyKeptSegment = async (
  ports: Ports,
  migration: Migration,
  number: SegmentNumber,
  slice?: Slice,
): Promise<void> => {
  if (migration.status === 'cleaningUp') return;
  const meter = { read: 0 };
  const used = unitsSince(meter);
  const about = { migrationId: migration.migrationId, number, pass: 'verify' } as const;
  const reads = new PacedReads(ports, migration, slice, { endWithSlice: true });
  await countUnitsOnFailure(ports, about, used, () =>
    verify(ports, migration, number, { meter, reads, used }),
  );
};

interface VerificationContext {
  readonly meter: Meter;
  readonly reads: PacedReads;
  /** Returns the capacity units used since the previous call. */
  readonly used: () => Units;
}

const verify = async (
  ports: Ports,
  migration: Migration,
  number: SegmentNumber,
  verifying: VerificationContext,
): Promise<void> => {
  const { migrationId, attempt } = migration;
  const segment = await ports.segments.get(migrationId, number);
  const earlier = await unfinishedPass(ports, migration, number);
  const { meter, reads, used } = verifying;
  const { keptAfterHold, expiringChanged } =
    earlier?.pass === 'differences'
      ? earlier
      : await readKeptSource(ports, migration, segment, {
          ...{ meter, reads, comparesExpiring: true },
          earlier: earlier?.pass === 'verification' ? earlier : undefined,
          save: (found) => {
            const pass = { pass: 'verification', attempt, ...found } as const;
            return saveUnfinishedPass(ports, migration, number, pass, ['verify', used()]);
          },
        }).then(({ read, ...rest }) => ({ keptAfterHold: read, ...rest }));
  const isKept = segment.kept && isSameChecksum(keptAfterHold, segment.kept) && expiringChanged === 0;
  let mismatch = new Differences().value();
  if (!isKept) {
    const begun = { pass: 'differences', attempt, keptAfterHold, expiringChanged, found: mismatch } as const;
    const from = earlier?.pass === 'differences' ? earlier : begun;
    // saved now, so that a slice that ends early does not make the next one read the source again
    if (from === begun) await saveUnfinishedPass(ports, migration, number, begun, ['verify', used()]);
    mismatch = await findDifferences(ports, migration, segment, verifying, from);
  }
  if (earlier || !isKept) await ports.segments.saveUnfinished(migrationId, number, undefined);
  const result = { keptAfterHold, expiringChanged, mismatch };
  await ports.segments.record(migrationId, number, result, 'verify', used());
};

/** Finds the keys that differ and that no change explains. @throws SegmentUnfinished once its cursor is saved */
const findDifferences = async (
  ports: Ports,
  migration: Migration,
  { number, range }: Segment,
  { meter, reads, used }: VerificationContext,
  earlier: UnfinishedDifferences,
): Promise<NonNullable<Segment['mismatch']>> => {
  const { tenantId, source } = migration;
  const { table: target } = await undoRecord(ports, migration);
  const found = new Differences(MAX_SAVED_DIFFERENCES, earlier.found);
  await runResumablePass<PairExplanations>({
    after: earlier.through,
    pages: (after) => {
      const rest = after === undefined ? range : { ...range, after };
      const sides = { tenantId, source: source.table, target, range: rest, meter, reads };
      return explainPairs(ports, migration, sides, 'target', false);
    },
    see: async ({ explained, through }) => {
      for (const { pair, reason } of explained)
        if (reason === 'unexplained') found.add(differenceOf(pair.key, pair));
      return through;
    },
    save: (through) =>
      saveUnfinishedPass(ports, migration, number, { ...earlier, through, found: found.value() }, [
        'verify',
        used(),
      ]),
  });
  return found.value();
};
