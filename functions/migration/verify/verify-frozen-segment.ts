import type { Migration } from '../migration.ts';
import { readUnits, type SegmentNumber, writeUnits } from '../names.ts';
import type { Ports } from '../ports.ts';
import { cleanUpRecord } from '../provision/create-target-table.ts';
import { differingKeys } from './differences.ts';
import { fingerprintRange, sameFingerprint } from './fingerprint-range.ts';

/**
 * Reads the kept source once more. Once clean-up has begun the source shrinks, so an earlier reading stands. Where the
 * source isn't what was flipped, the keys that differ between source and target are noted for the report.
 */
export const verifyFrozenSegment = async (
  ports: Ports,
  migration: Migration,
  number: SegmentNumber,
): Promise<void> => {
  if (migration.status === 'cleaningUp') return;
  const { migrationId, source } = migration;
  const { table: target } = await cleanUpRecord(ports, migration);
  const segment = await ports.segments.get(migrationId, number);
  const partition = ports.partition(migration.tenantId);
  const meter = { read: 0 };
  const { pageItems } = ports.settings;
  const frozen = await fingerprintRange(partition, source.table, segment.range, pageItems, meter);
  const mismatch =
    segment.verified && sameFingerprint(frozen, segment.verified.source)
      ? { differences: [], differing: 0 }
      : await differingKeys(partition, source.table, target, segment.range, pageItems, meter);
  await ports.segments.record(migrationId, number, { frozen, mismatch }, 'verify', {
    read: readUnits(meter.read),
    write: writeUnits(0),
  });
};
