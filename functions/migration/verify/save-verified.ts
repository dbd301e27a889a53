import type { Units } from '../migration.ts';
import type { EpochMs, MigrationId, SegmentNumber } from '../names.ts';
import type { Ports } from '../ports.ts';
import type { Mismatch } from '../segment.ts';
import type { SideFingerprints } from './side-fingerprints.ts';

/**
 * Saves that a segment's sides are equal, and what the kept source was then. The items that may expire come first: a segment
 * that is verified has them.
 * `comparedAt` is when a comparison with the kept source began; absent if both sides were compared under the fence.
 */
export const saveVerified = async (
  { segments }: Pick<Ports, 'segments'>,
  migrationId: MigrationId,
  number: SegmentNumber,
  fingerprints: SideFingerprints,
  { mismatch, comparedAt: at }: { readonly mismatch?: Mismatch; readonly comparedAt?: EpochMs },
  units: Units,
): Promise<void> => {
  const { verified, ...kept } = fingerprints.value();
  if (kept.keptExpiring > 0) await segments.saveExpiring(migrationId, number, fingerprints.expiring());
  const result = {
    ...kept,
    verified: { ...verified, ...(at === undefined ? {} : { at }) },
    ...(mismatch ? { mismatch } : {}),
  };
  await segments.record(migrationId, number, result, 'verify', units);
};
