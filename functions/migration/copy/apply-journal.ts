import { applySlice } from '../apply/apply-slice.ts';
import { transferOf } from '../apply/transfer.ts';
import { lateCallsExpired } from '../claims/late-calls.ts';
import type { Slice } from '../clock-port.ts';
import { comparisonDue } from '../compare/live-comparison.ts';
import { pollCapture } from '../journal/proof-of-capture.ts';
import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';

/**
 * Applies the changes made during the copy until few journal entries are left.
 * @returns `ready` with the segments that the following comparison covers.
 */
export const applyJournal = async (
  ports: Ports,
  migration: Migration,
  slice: Slice,
): Promise<{ ready: boolean; segments: number[]; waitSeconds: number }> => {
  const seen = await pollCapture(ports, migration);
  const { ready, waitSeconds, migration: now } = await applySlice(ports, seen.migration, 'forward', slice);
  if (!ready) return { ready, segments: [], waitSeconds };
  // a comparison does not cover writes that take effect after it
  const calls = await lateCallsExpired(ports, now.migrationId, []);
  if (!calls.out) return { ready: false, segments: [], waitSeconds: calls.waitSeconds };
  const transfer = await transferOf(ports, now, 'forward');
  return { ready, segments: (await comparisonDue(ports, now, transfer, 'forward')).segments, waitSeconds };
};
