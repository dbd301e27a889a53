import type { Units } from '../migration.ts';
import type { MigrationId, SegmentNumber } from '../names.ts';
import type { Ports } from '../ports.ts';
import type { Segment } from '../segment.ts';
import type { SideFingerprints } from './side-fingerprints.ts';

/** Saves that a segment's sides are equal, and what the kept source was then. The items that may expire come first: a segment that is verified has them. */
export const saveVerified = async (
  { segments }: Pick<Ports, 'segments'>,
  migrationId: MigrationId,
  number: SegmentNumber,
  fingerprints: SideFingerprints,
  more: Pick<Segment, 'mismatch'>,
  units: Units,
): Promise<void> => {
  const result = fingerprints.value();
  if (result.keptExpiring > 0) await segments.saveExpiring(migrationId, number, fingerprints.expiring());
  await segments.record(migrationId, number, { ...result, ...more }, 'verify', units);
};
