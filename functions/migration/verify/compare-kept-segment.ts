import type { Migration } from '../migration.ts';
import { readUnits, type SegmentNumber, writeUnits } from '../names.ts';
import type { Ports } from '../ports.ts';
import { cleanUpRecord } from '../provision/create-target-table.ts';
import { Differences, differenceOf } from './differences.ts';
import { explainPairs } from './explain-pairs.ts';
import { saveVerified } from './save-verified.ts';
import { SideFingerprints } from './side-fingerprints.ts';

const LOOK_SECONDS = 1;

/**
 * Compares the target with the kept source after the flip. A key on which they differ must be journalled as changed on
 * the target since; a change may still be on its way through the stream, so it is asked again for `captureMs`.
 */
export const compareKeptSegment = async (
  ports: Ports,
  migration: Migration,
  number: SegmentNumber,
): Promise<{ settled: boolean; waitSeconds: number }> => {
  const done = { settled: true, waitSeconds: 0 };
  if (migration.status === 'cleaningUp') return done;
  const { migrationId, tenantId, source, flippedAt } = migration;
  const { table: target } = await cleanUpRecord(ports, migration);
  const segment = await ports.segments.get(migrationId, number);
  if (segment.verified) return done;
  const meter = { read: 0 };
  const fingerprints = new SideFingerprints(ports.settings);
  const unexplained = new Differences();
  const sides = { tenantId, source: source.table, target, range: segment.range, meter };
  for await (const { pair, why } of explainPairs(ports, migration, sides)) {
    if (why === 'changed') fingerprints.addChanged(pair);
    else fingerprints.add(pair);
    if (why === 'unexplained') unexplained.add(differenceOf(pair.key, pair));
  }
  const units = { read: readUnits(meter.read), write: writeUnits(0) };
  const mismatch = unexplained.value();
  if (mismatch.differing === 0) {
    await saveVerified(ports, migrationId, number, fingerprints, { mismatch }, units);
    return done;
  }
  // it stays unverified: it is compared again when the operator has mended it and retries
  await ports.segments.record(migrationId, number, { mismatch }, 'verify', units);
  const isLate = ports.clock.now() - (flippedAt ?? 0) >= ports.settings.captureMs;
  return isLate ? done : { settled: false, waitSeconds: LOOK_SECONDS };
};
