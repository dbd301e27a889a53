import pLimit from 'p-limit';
import { differenceOf, joinByKey } from '../compare/differences.ts';
import { saveVerified } from '../compare/save-verified.ts';
import { SideChecksums } from '../compare/side-checksums.ts';
import { noteUnexplained } from '../compare/unexplained.ts';
import { readUnits, writeUnits } from '../names.ts';
import type { Ports } from '../ports.ts';
import type { Segment } from '../segment.ts';
import type { Cutover } from './cutover-context.ts';

const CONCURRENT_REQUESTS = 8;

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
  { ports, migration, transfer }: Cutover,
  segments: readonly Segment[],
  check: () => void,
): Promise<SaveComparison> => {
  const { migrationId, tenantId } = migration;
  const isAfterReverseFlip = transfer.from.side === 'target';
  const [source, target] = isAfterReverseFlip
    ? [transfer.to.table, transfer.from.table]
    : [transfer.from.table, transfer.to.table];
  const limit = pLimit(CONCURRENT_REQUESTS);
  const compared = await Promise.all(
    segments.map((segment) =>
      limit(async () => {
        check();
        const meter = { read: 0 };
        const sides = { tenantId, source, target, range: segment.range, meter };
        const checksums = new SideChecksums(ports.settings);
        for await (const pair of joinByKey(ports, sides)) {
          if (pair.kind !== 'same' && pair.kind !== 'expired')
            await noteUnexplained(ports, migration, differenceOf(pair.key, pair));
          checksums.add(pair);
        }
        return { number: segment.number, checksums, read: meter.read };
      }),
    ),
  );
  return async () => {
    for (const { number, checksums, read } of compared) {
      const units = { read: readUnits(read), write: writeUnits(0) };
      await saveVerified(ports, migrationId, number, checksums, { isAfterReverseFlip }, units);
    }
  };
};
