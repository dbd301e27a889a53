import type { Units } from '../migration.ts';
import type { MigrationId, SegmentNumber } from '../names.ts';
import type { Ports } from '../ports.ts';
import type { Mismatch } from '../segment.ts';
import type { SideFingerprints } from './side-fingerprints.ts';

/** What is saved with the fingerprints of a segment. */
interface Compared {
  readonly mismatch?: Mismatch;
  /** The attempt that compared after the flip; absent if both sides were compared under the fence. */
  readonly attempt?: number;
  /** True if it is the target that a rollback has left that was compared: the source is live then, and not kept. */
  readonly isTargetLeft: boolean;
}

/**
 * Saves that a segment's sides are equal, and what the kept source was then. The items that may expire come first: a segment
 * that is verified has them.
 */
export const saveVerified = async (
  { segments }: Pick<Ports, 'segments'>,
  migrationId: MigrationId,
  number: SegmentNumber,
  fingerprints: SideFingerprints,
  { mismatch, attempt, isTargetLeft }: Compared,
  units: Units,
): Promise<void> => {
  const { verified, ...kept } = fingerprints.value();
  if (!isTargetLeft && kept.keptExpiring > 0)
    await segments.saveExpiring(migrationId, number, fingerprints.expiring());
  const result = {
    ...(isTargetLeft ? {} : kept),
    verified: {
      ...verified,
      ...(attempt === undefined ? {} : { attempt }),
      ...(isTargetLeft ? { isTargetLeft } : {}),
    },
    ...(mismatch ? { mismatch } : {}),
  };
  await segments.record(migrationId, number, result, 'verify', units);
};
