import pLimit from 'p-limit';
import type { Way } from '../apply/way.ts';
import type { Migration } from '../migration.ts';
import { readUnits, writeUnits } from '../names.ts';
import type { Ports } from '../ports.ts';
import type { Segment } from '../segment.ts';
import { differenceOf, joinByKey } from './differences.ts';
import { saveVerified } from './save-verified.ts';
import { SideFingerprints } from './side-fingerprints.ts';
import { noteUnexplained } from './unexplained.ts';

const SIDE_BY_SIDE = 8;

/** Saves the results of a comparison for the report and for the steps after the flip. */
export type SaveComparison = () => Promise<void>;

/** True if the last full comparison was quick enough for all keys to be compared under the fence. */
export const fitsUnderFence = (ports: Ports, segments: readonly Segment[]): boolean =>
  segments.every(({ compared }) => compared !== undefined) &&
  segments.reduce((sum, { compared }) => sum + (compared?.ms ?? 0), 0) <= ports.settings.fencedComparisonMs;

/**
 * Compares all items of both sides under the fence, while the journal is empty. The cutover flips only if they are equal (I2).
 * @param check runs before each segment, and throws if the fence's time is over.
 * @returns a function that saves the results, to be called after the flip. @throws CutoverOverBudget if the sides differ.
 */
export const compareUnderFence = async (
  ports: Ports,
  migration: Migration,
  way: Way,
  segments: readonly Segment[],
  check: () => void,
): Promise<SaveComparison> => {
  const { migrationId, tenantId } = migration;
  const isTargetLeft = way.from.side === 'target';
  const [source, target] = isTargetLeft ? [way.to.table, way.from.table] : [way.from.table, way.to.table];
  const limit = pLimit(SIDE_BY_SIDE);
  const compared = await Promise.all(
    segments.map((segment) =>
      limit(async () => {
        check();
        const meter = { read: 0 };
        const sides = { tenantId, source, target, range: segment.range, meter };
        const fingerprints = new SideFingerprints(ports.settings);
        for await (const pair of joinByKey(ports, sides)) {
          if (pair.kind !== 'same' && pair.kind !== 'expired')
            await noteUnexplained(ports, migration, differenceOf(pair.key, pair));
          fingerprints.add(pair);
        }
        return { number: segment.number, fingerprints, read: meter.read };
      }),
    ),
  );
  return async () => {
    for (const { number, fingerprints, read } of compared) {
      const units = { read: readUnits(read), write: writeUnits(0) };
      await saveVerified(ports, migrationId, number, fingerprints, { isTargetLeft }, units);
    }
  };
};
