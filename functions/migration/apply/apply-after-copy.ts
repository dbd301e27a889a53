import { lookAtCapture } from '../capture/proof.ts';
import { lateCallsOut } from '../late-calls.ts';
import type { Migration } from '../migration.ts';
import type { Ports, Slice } from '../ports.ts';
import { comparisonDue } from '../verify/live-comparison.ts';
import { applyJournal } from './apply-journal.ts';
import { wayOf } from './way.ts';

/**
 * Applies the changes made during the copy until few journal entries are left.
 * @returns `ready` with the segments that the following comparison covers.
 */
export const applyAfterCopy = async (
  ports: Ports,
  migration: Migration,
  slice: Slice,
): Promise<{ ready: boolean; segments: number[]; waitSeconds: number }> => {
  const seen = await lookAtCapture(ports, migration);
  const { ready, waitSeconds, migration: now } = await applyJournal(ports, seen.migration, 'forth', slice);
  if (!ready) return { ready, segments: [], waitSeconds };
  // a comparison does not cover writes that take effect after it
  const calls = await lateCallsOut(ports, now.migrationId, []);
  if (!calls.out) return { ready: false, segments: [], waitSeconds: calls.waitSeconds };
  const way = await wayOf(ports, now, 'forth');
  return { ready, segments: (await comparisonDue(ports, now, way, 'forth')).segments, waitSeconds };
};
