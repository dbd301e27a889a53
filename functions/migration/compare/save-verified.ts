import type { Units } from '../migration.ts';
import type { MigrationId, SegmentNumber } from '../names.ts';
import type { Ports } from '../ports.ts';
import type { Mismatch } from '../segment.ts';
import type { SideChecksums } from './side-checksums.ts';

/** Facts about a comparison that are saved with a segment's checksums. */
interface ComparisonFacts {
  readonly mismatch?: Mismatch;
  /** Attempt that compared after the flip; absent if both sides were compared under the fence. */
  readonly attempt?: number;
  /** True if the comparison followed a rollback's flip: the source is live then, and the target is the side left. */
  readonly isAfterReverseFlip: boolean;
}

/**
 * Saves that a segment's sides are equal, with the kept source's checksum. Saves the items that may expire first, so that
 * every verified segment has them.
 */
export const saveVerified = async (
  { segments }: Pick<Ports, 'segments'>,
  migrationId: MigrationId,
  number: SegmentNumber,
  checksums: SideChecksums,
  { mismatch, attempt, isAfterReverseFlip }: ComparisonFacts,
  units: Units,
): Promise<void> => {
  const { verified, ...kept } = checksums.value();
  if (!isAfterReverseFlip && kept.keptExpiring > 0)
    await segments.saveExpiring(migrationId, number, checksums.expiring());
  const compared = {
    verified: { ...verified, attempt, isAfterReverseFlip: isAfterReverseFlip ? (true as const) : undefined },
  };
  const result = isAfterReverseFlip ? compared : { ...kept, ...compared };
  await segments.record(migrationId, number, mismatch ? { ...result, mismatch } : result, 'verify', units);
};
